// The page: what a code says, shown so that a person can compare it with the paper. Nothing is kept and nothing is sent.
import { decodeQR } from "./qr/decode.js";
import { checkSeal, readVoided } from "./verify.js";

const VERDICTS = {
  in_force: ["Authentique, en cours de validité", "Ce que dit le document a bien été écrit par la caisse."],
  not_begun: ["Authentique, période à venir", "La période imprimée n’a pas encore commencé."],
  period_over: ["Authentique, période terminée", "La période imprimée est passée. La personne a pu renouveler ses droits."],
  voided: ["Authentique, document annulé", "La caisse a remplacé ou annulé ce document. La personne peut en avoir un autre."],
  unchecked: [
    "Vérification impossible pour le moment",
    "Les listes de cette page manquent ou sont trop anciennes. Revenez avec une connexion.",
  ],
  not_authentic: [
    "Sceau non reconnu",
    "Ce code n’est pas celui d’un document de la caisse, ou il a été mal lu. Demandez à la caisse.",
  ],
};
const KINDS = { admission: "Notification d’admission", title: "Attestation d’admission", provisional: "Attestation provisoire" };
const SCAN_MS = 120;
const LARGEST_SIDE = 1280;

const element = (id) => document.getElementById(id);

async function list(name, read) {
  try {
    const answer = await fetch(name, { cache: "no-cache" });
    return answer.ok ? await read(answer) : null;
  } catch {
    return null;
  }
}

async function lists() {
  const keys = await list("keys.json", (answer) => answer.json());
  const told = keys ? await list("voided.jws", (answer) => answer.text()) : null;
  return { keys, voided: told ? await readVoided(told, keys) : null };
}

let fetched = lists();

function today() {
  const now = new Date();
  const two = (value) => String(value).padStart(2, "0");
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

function inFrench(day) {
  return day ? day.split("-").reverse().join("/") : "jamais reçue";
}

function row(name, value) {
  const [term, said] = [document.createElement("dt"), document.createElement("dd")];
  term.textContent = name;
  said.textContent = value;
  element("fields").append(term, said);
}

async function show(text) {
  const { keys, voided } = await fetched;
  const found = await checkSeal(text, keys, voided, today());
  const [title, meaning] = VERDICTS[found.verdict];
  element("fields").replaceChildren();
  if (found.claims) {
    const claims = found.claims;
    row("Document", KINDS[claims.k] ?? claims.k);
    row("Numéro", claims.n);
    claims.p.forEach(([name, birth, from, until], at) => {
      row(at === 0 ? "Personne" : "Et aussi", `${name}, ${birth}${from ? `, du ${inFrench(from)} au ${inFrench(until)}` : ""}`);
    });
    row("Du", inFrench(claims.f));
    row("Au", inFrench(claims.t));
    row("Caisse", claims.c);
    row("Scellé le", inFrench(claims.d));
  }
  element("result").dataset.verdict = found.verdict;
  element("verdict").textContent = title;
  element("meaning").textContent = meaning;
  const lost = (voided?.lost_sheets ?? []).map(([first, last]) => (first === last ? first : `${first} à ${last}`));
  element("lists").textContent = `Clés du ${inFrench(found.keysAsOf)}. Documents annulés : liste du ${inFrench(found.voidedAsOf)}.`
    + (lost.length ? ` Feuilles sécurisées déclarées perdues : ${lost.join(", ")}.` : "");
}

let camera = null;

async function scan() {
  const [video, says] = [element("camera"), element("camera-says")];
  try {
    camera = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: 1920, height: 1080 } });
  } catch {
    says.textContent = "La caméra n’est pas accessible.";
    return;
  }
  video.srcObject = camera;
  video.hidden = element("stop").hidden = false;
  element("scan").hidden = true;
  says.textContent = "Présentez le code devant la caméra.";
  await video.play();
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const look = () => {
    if (!camera) return;
    const ratio = Math.min(1, LARGEST_SIDE / Math.max(video.videoWidth, video.videoHeight, 1));
    canvas.width = Math.max(1, Math.round(video.videoWidth * ratio));
    canvas.height = Math.max(1, Math.round(video.videoHeight * ratio));
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    let text = "";
    try {
      text = decodeQR(context.getImageData(0, 0, canvas.width, canvas.height));
    } catch {
      // No code in this picture: the next one may have it.
    }
    if (text) {
      close();
      says.textContent = "Code lu.";
      show(text);
    } else {
      setTimeout(look, SCAN_MS);
    }
  };
  look();
}

function close() {
  camera?.getTracks().forEach((track) => track.stop());
  camera = null;
  element("camera").hidden = element("stop").hidden = true;
  element("scan").hidden = false;
}

function ofTheAddress() {
  if (location.hash.length < 2) return;
  const text = location.hash;
  history.replaceState(null, "", location.pathname); // what was checked does not stay in the address or the history
  show(text);
}

element("scan").addEventListener("click", scan);
element("stop").addEventListener("click", close);
element("check").addEventListener("click", () => show(element("text").value));
window.addEventListener("hashchange", ofTheAddress);
window.addEventListener("online", () => { fetched = lists(); });
ofTheAddress();
navigator.serviceWorker?.register("worker.js");
