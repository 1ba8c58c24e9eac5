"""What numba lacks for this core: a hundred arrays handed over at the price of one, and two processor instructions.

A kernel that takes its arrays as arguments takes them apart one by one at every call: six times the price of the call
itself
for those of a search.  Here the arrays are flattened once into a *plan*, one int64 array of addresses and lengths, from
which
compiled code puts the same nested tuple together again (``arrays_at``).  Whoever makes a plan must keep the arrays
alive as long
as it is used, and they must have the types that the kernel declares: ``flatten`` checks them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from llvmlite import ir
from numba import typeof, types
from numba.core import cgutils
from numba.extending import intrinsic
from numba.np import arrayobj


def nest(*parts: Any) -> Any:
    """The numba type of a tuple of these types, as ``typeof`` would give it."""
    return types.BaseTuple.from_types(parts)


def flatten(arrays: Any, kind: Any) -> npt.NDArray[np.int64]:
    """Addresses and lengths of the arrays in a nested tuple.  Raises TypeError when they are not of the type
    ``kind``."""
    numbers: list[int] = []
    _flatten(arrays, kind, numbers)
    return np.array(numbers, np.int64)


def _flatten(arrays: Any, kind: Any, numbers: list[int]) -> None:
    if isinstance(kind, types.BaseTuple):
        for part, its_kind in zip(arrays, kind, strict=True):
            _flatten(part, its_kind, numbers)
        return
    found = typeof(arrays)
    if (found.dtype, found.ndim, found.layout) != (kind.dtype, kind.ndim, kind.layout):
        raise TypeError(f"a kernel wants {kind}, not {found}")
    numbers.append(arrays.__array_interface__["data"][0])
    numbers.extend(arrays.shape)


@intrinsic
def arrays_at(typing_context, plan, kind):
    """The nested tuple of type ``kind`` whose arrays ``flatten`` noted in ``plan``."""
    wanted = kind.instance_type

    def generate(context, builder, signature, arguments):
        numbers = arrayobj.make_array(plan)(context, builder, arguments[0]).data
        place = 0

        def take():
            nonlocal place
            place += 1
            return builder.load(cgutils.gep_inbounds(builder, numbers, place - 1))

        def rebuild(part):
            if isinstance(part, types.BaseTuple):
                return context.make_tuple(builder, part, [rebuild(inner) for inner in part])
            array = arrayobj.make_array(part)(context, builder)
            item = context.get_abi_sizeof(context.get_data_type(part.dtype))
            address = builder.inttoptr(take(), context.get_data_type(part.dtype).as_pointer())
            shape = [take() for _ in range(part.ndim)]
            strides = [context.get_constant(types.intp, item)]
            for length in reversed(shape[1:]):
                strides.insert(0, builder.mul(strides[0], length))
            arrayobj.populate_array(
                array, address, cgutils.pack_array(builder, shape), cgutils.pack_array(builder, strides), item, None
            )
            return array._getvalue()

        return rebuild(wanted)

    return wanted(plan, kind), generate


@intrinsic
def prefetch(typing_context, array, index):
    """Start reading the cache line of array[index] (one dimension, contiguous) without waiting for it."""

    def generate(context, builder, signature, arguments):
        data = arrayobj.make_array(array)(context, builder, arguments[0]).data
        address = builder.bitcast(builder.gep(data, [arguments[1]]), ir.PointerType(ir.IntType(8)))
        word = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [address.type, word, word, word])
        function = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(function, [address, word(0), word(3), word(1)])
        return context.get_dummy_value()

    return types.none(array, types.intp), generate


@intrinsic
def popcount(typing_context, number):
    """How many bits of an int64 are set."""

    def generate(context, builder, signature, arguments):
        return builder.ctpop(arguments[0])

    return types.int64(types.int64), generate
