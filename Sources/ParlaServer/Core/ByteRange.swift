import Foundation

/// The part of a file that `Range: bytes=…` asks for (RFC 9110, 14).
enum ByteRange: Equatable {
  /// All of it: nothing was asked for, or in a form that a server may pass over, such as several parts at once.
  case whole
  case part(Range<Int>)
  /// Nothing of the file lies there.
  case outside

  /// What `header` asks of a file of `count` bytes.
  init(_ header: String?, of count: Int) {
    self = .whole
    guard let header = header?.lowercased(), header.hasPrefix("bytes=") else { return }
    let ends = header.dropFirst("bytes=".count).split(
      separator: "-", omittingEmptySubsequences: false
    ).map { $0.trimmingCharacters(in: .whitespaces) }
    guard ends.count == 2, ends != ["", ""] else { return }
    let numbers = ends.map(Self.number)
    for (end, number) in zip(ends, numbers) where number == nil && !end.isEmpty { return }
    switch (numbers[0], numbers[1]) {
    case (let first?, let last?):
      guard first <= last else { return }
      self = first < count ? .part(first..<min(last, count - 1) + 1) : .outside
    case (let first?, nil): self = first < count ? .part(first..<count) : .outside
    case (nil, let length?):
      self = length > 0 && count > 0 ? .part(max(0, count - length)..<count) : .outside
    case (nil, nil): return
    }
  }

  /// A number of digits alone; one beyond all files is the largest.
  private static func number(_ text: String) -> Int? {
    guard !text.isEmpty, text.allSatisfy({ ("0"..."9").contains($0) }) else { return nil }
    return Int(text) ?? .max
  }
}

extension Answer {
  /// The file `bytes`, or the part of it that `head` asks for, so that players can seek.
  init(type: String, _ bytes: [UInt8], for head: RequestHead) {
    // A part of an older file is none of this one, and nothing here says which file it was.
    let header =
      head.method == "GET" && head.header("if-range") == nil ? head.header("range") : nil
    switch ByteRange(header, of: bytes.count) {
    case .whole: self.init(type: type, bytes)
    case .part(let range):
      self.init(status: 206, type: type, Array(bytes[range]))
      headers.append(
        ("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(bytes.count)"))
    case .outside:
      self =
        RequestFailure(
          status: 416, message: "The file has \(bytes.count) bytes, and none in this range.",
          headers: [("Content-Range", "bytes */\(bytes.count)")]
        ).answer
    }
    headers.append(("Accept-Ranges", "bytes"))
  }
}
