import ParlaLanguageModel

extension TextBuffer {
  /// The bytes of word number `word`.
  func append(_ word: UInt32, of words: WordTable) {
    unsafe words.withBytes(of: word) { unsafe append($0) }
  }

  /// The bytes of the word at `place`.
  @inline(__always) func append(_ place: WordTable.Place, of words: WordTable) {
    unsafe words.withBytes(at: place) { unsafe append($0) }
  }
}
