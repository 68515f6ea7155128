/// The checksum of TensorFlow's tables and tensors: CRC-32C (Castagnoli, RFC 3720 appendix B.4), eight bytes at a time.
package struct CRC32C: Sendable {
  /// Remainders of a byte that is followed by 0, 1, … 7 zero bytes: 8 tables of 256.
  private let tables: [UInt32]

  /// Makes the tables.
  package init() {
    var tables = (0..<256).map { byte -> UInt32 in
      var remainder = UInt32(byte)
      for _ in 0..<8 {
        remainder = remainder & 1 == 1 ? remainder >> 1 ^ 0x82f6_3b78 : remainder >> 1
      }
      return remainder
    }
    for index in 256..<2048 {
      let former = tables[index - 256]
      tables.append(former >> 8 ^ tables[Int(former & 0xff)])
    }
    self.tables = tables
  }

  /// The checksum of `bytes`.
  package func callAsFunction(_ bytes: UnsafeRawBufferPointer) -> UInt32 { unsafe update(0, bytes) }

  /// The checksum of `bytes` after those whose checksum is `former`.
  func update(_ former: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
    unsafe tables.withUnsafeBufferPointer { table in
      var remainder = ~former
      var offset = 0
      while offset + 8 <= bytes.count {
        let low = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self) ^ remainder
        let high = unsafe bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
        let a = unsafe table[1792 + Int(low & 0xff)] ^ table[1536 + Int(low >> 8 & 0xff)]
        let b = unsafe table[1280 + Int(low >> 16 & 0xff)] ^ table[1024 + Int(low >> 24)]
        let c = unsafe table[768 + Int(high & 0xff)] ^ table[512 + Int(high >> 8 & 0xff)]
        let d = unsafe table[256 + Int(high >> 16 & 0xff)] ^ table[Int(high >> 24)]
        remainder = a ^ b ^ c ^ d
        offset += 8
      }
      while offset < bytes.count {
        remainder = unsafe remainder >> 8 ^ table[Int(remainder & 0xff ^ UInt32(bytes[offset]))]
        offset += 1
      }
      return ~remainder
    }
  }

  /// A checksum as it is stored: turned and shifted, so that a checksum of checksums is still one
  /// (TensorFlow, `tensorflow/core/lib/hash/crc32c.h`).
  package static func masked(_ checksum: UInt32) -> UInt32 {
    (checksum >> 15 | checksum << 17) &+ 0xa282_ead8
  }
}
