extension Float {
  /// The number whose bits as a float of 16 bits (IEEE 754-2008, binary16) are `half`.
  package init(half: UInt16) {
    let (exponent, fraction) = (Int(half >> 10) & 0x1f, Float(half & 0x3ff) / 1024)
    let magnitude: Float =
      switch exponent {
      case 0: fraction * 0x1p-14
      case 0x1f: fraction == 0 ? .infinity : .nan
      default: Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction)
      }
    self = half >> 15 == 1 ? -magnitude : magnitude
  }
}
