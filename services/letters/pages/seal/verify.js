// Whether a seal is authentic, and what it is worth on a day: the same answers as domain/seal_check.py gives.
// Nothing here but WebCrypto and JSON. A seal has one spelling: what JSON.stringify does not give back is no seal,
// so that a repeated key, a blank or a stray bit is refused.

const CLAIMS = ["k", "n", "p", "f", "t", "c", "d", "s"];
const VOIDED_TYPE = "ame-voided";
const FRESH_DAYS = 30;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const KID = /^[0-9A-Za-z_-]{1,40}$/;
const MARK_BYTES = 12;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function decoded(piece) {
  if (!/^[A-Za-z0-9_-]+$/.test(piece)) throw new Error("not base64url");
  const binary = atob(piece.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(binary, (one) => one.charCodeAt(0));
  if (encoded(bytes) !== piece) throw new Error("another spelling");
  return bytes;
}

function encoded(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function parsed(bytes) {
  const text = utf8.decode(bytes);
  const value = JSON.parse(text);
  if (value === null || typeof value !== "object" || Array.isArray(value) || JSON.stringify(value) !== text) {
    throw new Error("another spelling");
  }
  return value;
}

function parts(token) {
  const pieces = token.split(".");
  if (pieces.length !== 3) throw new Error("not three parts");
  const [header, payload, signature] = pieces.map(decoded);
  if (signature.length !== 64) throw new Error("not a signature");
  return { header: parsed(header), payload: parsed(payload), signature, signed: `${pieces[0]}.${pieces[1]}` };
}

function isDay(value) {
  return typeof value === "string" && DAY.test(value) && !Number.isNaN(Date.parse(`${value}T00:00:00Z`))
    && new Date(`${value}T00:00:00Z`).toISOString().startsWith(value);
}

function isPerson(value) {
  return Array.isArray(value) && (value.length === 2 || value.length === 4)
    && value.every((part) => typeof part === "string") && value.slice(2).every(isDay);
}

function readSeal(token) {
  const read = parts(token);
  const { header, payload } = read;
  if (JSON.stringify(header) !== JSON.stringify({ alg: "ES256", kid: header.kid }) || !KID.test(header.kid)) {
    throw new Error("not the header of a seal");
  }
  if (JSON.stringify(Object.keys(payload)) !== JSON.stringify(CLAIMS)) throw new Error("not the claims of a seal");
  if (!CLAIMS.every((name) => name === "p" || typeof payload[name] === "string")) throw new Error("not texts");
  if (![payload.f, payload.t, payload.d].every(isDay)) throw new Error("not days");
  if (!Array.isArray(payload.p) || payload.p.length === 0 || !payload.p.every(isPerson)) throw new Error("not persons");
  return read;
}

function mayHaveSigned(key, day) {
  return key.sign_from <= day && day <= key.sign_until && !(key.distrusted_from && day >= key.distrusted_from);
}

async function signedBy(read, key) {
  const jwk = { kty: key.kty, crv: key.crv, x: key.x, y: key.y };
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const imported = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["verify"]);
  const message = new TextEncoder().encode(read.signed);
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, read.signature, message);
}

function fresh(asOf, today) {
  return (Date.parse(today) - Date.parse(asOf)) / 86400000 <= FRESH_DAYS;
}

async function mark(serial, salt) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${serial}.${salt}`));
  return encoded(new Uint8Array(digest).slice(0, MARK_BYTES));
}

// The list of voided documents; null where none of these keys signed it.
export async function readVoided(token, keys) {
  try {
    const read = parts(token.trim());
    const { header, payload } = read;
    const key = keys.keys.find((one) => one.kid === header.kid);
    const expected = { alg: "ES256", kid: header.kid, typ: VOIDED_TYPE };
    if (!key || JSON.stringify(header) !== JSON.stringify(expected) || !mayHaveSigned(key, payload.as_of)) return null;
    return (await signedBy(read, key)) ? payload : null;
  } catch {
    return null;
  }
}

// keys: the document of keys, or null; voided: what readVoided gave; today: YYYY-MM-DD.
export async function checkSeal(text, keys, voided, today) {
  const lists = { keysAsOf: keys ? keys.as_of : null, voidedAsOf: voided ? voided.as_of : null };
  const token = text.includes("#") ? text.slice(text.indexOf("#") + 1) : text;
  let read;
  try {
    read = readSeal(token.trim());
  } catch {
    return { verdict: "not_authentic", ...lists };
  }
  const key = keys ? keys.keys.find((one) => one.kid === read.header.kid) : undefined;
  if (!key) {
    // A key made after the list was fetched looks like a stranger's: only a fresh list can tell.
    return { verdict: keys && fresh(keys.as_of, today) ? "not_authentic" : "unchecked", ...lists };
  }
  const claims = read.payload;
  if (!mayHaveSigned(key, claims.d) || !(await signedBy(read, key))) return { verdict: "not_authentic", ...lists };
  return { verdict: await worth(claims, keys, voided, today), claims, ...lists };
}

async function worth(claims, keys, voided, today) {
  if (voided && voided.marks.includes(await mark(claims.n, claims.s))) return "voided";
  if (today > claims.t) return "period_over";
  if (!voided || !fresh(voided.as_of, today) || !fresh(keys.as_of, today)) return "unchecked";
  return today < claims.f ? "not_begun" : "in_force";
}
