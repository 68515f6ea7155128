package import ParlaPlatform

/// Text under construction, as bytes that are used again and again.
@safe package final class TextBuffer: @unchecked Sendable {
  package private(set) var count = 0
  private var capacity: Int
  private var base: UnsafeMutablePointer<UInt8>

  package init(capacity: Int = 1 << 16) {
    self.capacity = capacity
    unsafe base = .allocate(capacity: capacity)
  }

  deinit { unsafe base.deallocate() }

  /// A copy of what was written so far.
  package var data: Data { unsafe Data(bytes: base, count: count) }

  /// Starts over.
  package func clear() { count = 0 }

  @inline(__always) package func append(_ byte: UInt8) {
    reserve(1)
    unsafe base[count] = byte
    count += 1
  }

  package func append(_ text: String) { for byte in text.utf8 { append(byte) } }

  /// Some bytes.
  @inline(__always) package func append(_ bytes: UnsafeBufferPointer<UInt8>) {
    reserve(bytes.count)
    for index in 0..<bytes.count { unsafe base[count + index] = bytes[index] }
    count += bytes.count
  }

  /// The shortest decimal number that reads back as `value`, as KenLM prints it.
  @inline(__always) package func append(_ value: Float) {
    guard let decimal = ShortestDecimal(value) else {
      append(ShortestDecimal.uncommonText(value))
      return
    }
    reserve(32)
    if decimal.isNegative {
      unsafe base[count] = UInt8(ascii: "-")
      count += 1
    }
    append(decimal.digits, fractionCount: decimal.fractionCount)
  }

  /// The number digits / 10^fractionCount; there is room for it.
  @inline(__always) private func append(_ digits: UInt64, fractionCount: Int) {
    // Written from the end: at least one digit before the point, all of the fraction behind it.
    var digitCount = 1
    var bound: UInt64 = 10
    while digits >= bound {
      digitCount += 1
      bound *= 10
    }
    let length = max(digitCount, fractionCount + 1) + (fractionCount > 0 ? 1 : 0)
    var rest = digits
    var index = count + length
    for _ in 0..<fractionCount {
      index -= 1
      unsafe base[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    if fractionCount > 0 {
      index -= 1
      unsafe base[index] = UInt8(ascii: ".")
    }
    while index > count {
      index -= 1
      unsafe base[index] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += length
  }

  @inline(__always) private func reserve(_ needed: Int) {
    if count + needed > capacity { grow(by: needed) }
  }

  private func grow(by needed: Int) {
    capacity = max(capacity * 2, count + needed)
    let grown = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    unsafe grown.update(from: base, count: count)
    unsafe base.deallocate()
    unsafe base = grown
  }
}
