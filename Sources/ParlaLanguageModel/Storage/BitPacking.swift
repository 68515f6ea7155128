/// Fields of a few bits in a row of bytes, little-endian, as KenLM's tries pack them (`util/bit_packing.hh`).
///
/// A field has at most 57 bits, so that one load of eight bytes holds it; such a load may reach past the field, which
/// is why every packed array ends with eight spare bytes.
@safe struct PackedBits {
  let base: UnsafeRawPointer

  /// The field of `mask`'s width that starts at bit `offset`.
  @inline(__always)
  func read(at offset: Int, mask: UInt64) -> UInt64 {
    let word = unsafe base.loadUnaligned(fromByteOffset: offset &>> 3, as: UInt64.self)
    return (UInt64(littleEndian: word) &>> UInt64(truncatingIfNeeded: offset & 7)) & mask
  }

  /// The float at bit `offset` whose sign bit is not stored, being set.
  @inline(__always)
  func readNonPositiveFloat(at offset: Int) -> Float {
    let bits = UInt32(truncatingIfNeeded: read(at: offset, mask: 0x7fff_ffff))
    return Float(bitPattern: bits | 0x8000_0000)
  }

  /// The float at bit `offset`.
  @inline(__always)
  func readFloat(at offset: Int) -> Float {
    Float(bitPattern: UInt32(truncatingIfNeeded: read(at: offset, mask: 0xffff_ffff)))
  }
}

/// Writes fields that `PackedBits` reads, into zeroed bytes.
@safe struct PackedBitsWriter {
  let base: UnsafeMutableRawPointer

  func write(_ value: UInt64, at offset: Int) {
    let place = unsafe base + offset >> 3
    var word = unsafe UInt64(littleEndian: place.loadUnaligned(as: UInt64.self))
    word |= value << UInt64(offset & 7)
    unsafe place.storeBytes(of: word.littleEndian, as: UInt64.self)
  }

  func writeNonPositiveFloat(_ value: Float, at offset: Int) {
    write(UInt64(value.bitPattern & 0x7fff_ffff), at: offset)
  }

  func writeFloat(_ value: Float, at offset: Int) {
    write(UInt64(value.bitPattern), at: offset)
  }
}

/// How many bits it takes to write `value`.
func bitWidth(of value: Int) -> Int {
  Int.bitWidth - value.leadingZeroBitCount
}
