import ParlaPlatform

extension StringProtocol {
  /// The text without white space at its ends.
  package var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }),
      let last = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[first...last])
  }

  /// The first position of `text`, byte by byte, or nil.
  package func place(of text: String) -> Range<Index>? {
    let (own, wanted) = (utf8, text.utf8)
    var start = own.startIndex
    while true {
      if own[start...].starts(with: wanted) {
        return start..<own.index(start, offsetBy: wanted.count)
      }
      guard start < own.endIndex else { return nil }
      start = own.index(after: start)
    }
  }
}

/// `arguments` as printf(3) writes them.
package func formatted(_ format: String, _ arguments: any CVarArg...) -> String {
  unsafe withVaList(arguments) { list in
    var bytes = [CChar](repeating: 0, count: 400)
    let count = unsafe vsnprintf(&bytes, bytes.count, format, list)
    let written = bytes.prefix(max(0, min(Int(count), bytes.count - 1)))
    return String(decoding: written.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
