import Foundation
import ParlaLanguageModel

/// A file of the words that n-grams may have, separated as in text.
enum VocabularyLimit {
  /// By word number, whether a word of `words` is missing in the file at `path`; the special words never are.
  static func excludedWords(
    _ words: WordTable, notIn path: String
  ) throws(LanguageModelError) -> [Bool] {
    var isExcluded = [Bool](repeating: true, count: words.count)
    for word in WordTable.unknown...WordTable.sentenceEnd { isExcluded[Int(word)] = false }
    var source = try ByteSource(path: path)
    var word: [UInt8] = []
    func finish() {
      if let identifier = words.existingIdentifier(of: word) { isExcluded[Int(identifier)] = false }
      word.removeAll(keepingCapacity: true)
    }
    while let data = try source.next() {
      for byte in data {
        if TextTokenizer.isSeparator(byte) { finish() } else { word.append(byte) }
      }
    }
    finish()
    return isExcluded
  }
}
