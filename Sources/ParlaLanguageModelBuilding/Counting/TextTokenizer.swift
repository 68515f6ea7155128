import Foundation
import ParlaLanguageModel

/// Splits text into numbered words, as KenLM's `lmplz` does (`lm/builder/corpus_count.cc`).
///
/// Words are runs of bytes between NUL, tab, newline, carriage return and space; a newline ends a sentence, also an
/// empty one. A last line without a newline is a sentence as well; lmplz leaves its end out, and then writes some backoffs
/// to the wrong n-grams.
final class TextTokenizer {
  let words: WordTable
  private let skipsSpecialWords: Bool
  private var cutWord: [UInt8] = []
  private var path = ""
  private var line = 1

  /// Words read, without `<s>` and `</s>`.
  private(set) var wordCount = 0

  /// Whole lines read.
  private(set) var sentenceCount = 0

  init(words: WordTable, skipsSpecialWords: Bool) {
    self.words = words
    self.skipsSpecialWords = skipsSpecialWords
  }

  /// Appends the tokens of the file at `path` to `block`; whenever that is full, `flush` must make room.
  ///
  /// - Throws: `LanguageModelError` where the file cannot be read, `LanguageModelError.specialWord`, or what `flush` and
  ///   `progress` throw; the latter is called with the bytes read and, where it is known, their number.
  func read(
    _ path: String, into block: TokenBlock, progress: (Int, Int?) throws -> Void,
    flush: (TokenBlock) throws -> Void
  ) throws {
    var source = try ByteSource(path: path)
    self.path = path
    line = 1
    var byteCount = 0
    try append(WordTable.sentenceStart, to: block, flush)
    while let data = try source.next() {
      byteCount += data.count
      try unsafe data.withUnsafeBytes { bytes in
        try unsafe read(bytes.bindMemory(to: UInt8.self), into: block, flush)
      }
      try progress(byteCount, source.plainSize)
    }
    if !cutWord.isEmpty { try finishCutWord(into: block, flush) }
    if block.tokens[block.count - 1] != WordTable.sentenceStart {
      try endSentence(in: block, flush)
    }
    // No sentence follows the last newline.
    block.count -= 1
    block.historyCount = min(block.historyCount, block.count)
  }

  private func read(
    _ bytes: UnsafeBufferPointer<UInt8>, into block: TokenBlock,
    _ flush: (TokenBlock) throws -> Void
  ) throws {
    var index = 0
    if !cutWord.isEmpty {
      while index < bytes.count, unsafe !Self.isSeparator(bytes[index]) { index += 1 }
      unsafe cutWord.append(contentsOf: bytes[..<index])
      if index < bytes.count { try finishCutWord(into: block, flush) }
    }
    while index < bytes.count {
      let byte = unsafe bytes[index]
      if Self.isSeparator(byte) {
        if byte == 10 { try endSentence(in: block, flush) }
        index += 1
        continue
      }
      var end = index + 1
      while end < bytes.count, unsafe !Self.isSeparator(bytes[end]) { end += 1 }
      guard end < bytes.count, let base = bytes.baseAddress else {
        unsafe cutWord = Array(bytes[index...])
        return
      }
      let word = unsafe words.identifier(at: base + index, count: end - index)
      try add(word, to: block, flush)
      index = end
    }
  }

  @inline(__always) static func isSeparator(_ byte: UInt8) -> Bool {
    byte <= 32 && (0x1_0000_2601 as UInt64) >> UInt64(byte) & 1 == 1
  }

  private func finishCutWord(
    into block: TokenBlock, _ flush: (TokenBlock) throws -> Void
  ) throws {
    let identifier = unsafe cutWord.withUnsafeBufferPointer { bytes in
      unsafe bytes.baseAddress.map { unsafe words.identifier(at: $0, count: bytes.count) } ?? 0
    }
    cutWord.removeAll(keepingCapacity: true)
    try add(identifier, to: block, flush)
  }

  @inline(__always) private func add(
    _ word: UInt32, to block: TokenBlock, _ flush: (TokenBlock) throws -> Void
  ) throws {
    if word <= WordTable.sentenceEnd {
      if skipsSpecialWords { return }
      throw LanguageModelError.specialWord(path: path, line: line, word: words[word])
    }
    wordCount += 1
    try append(word, to: block, flush)
  }

  private func endSentence(in block: TokenBlock, _ flush: (TokenBlock) throws -> Void) throws {
    line += 1
    sentenceCount += 1
    try append(WordTable.sentenceEnd, to: block, flush)
    try append(WordTable.sentenceStart, to: block, flush)
  }

  @inline(__always) private func append(
    _ token: UInt32, to block: TokenBlock, _ flush: (TokenBlock) throws -> Void
  ) throws {
    if block.isFull { try flush(block) }
    block.append(token)
  }
}
