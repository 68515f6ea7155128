import ParlaLanguageModel

/// The sentences of a vocabulary in which an n-gram can occur.
enum SentenceSet: Sendable {
  /// Any: it has no words to ask about.
  case all
  /// Those with these numbers, rising.
  case sentences([Int])
}

/// Finds the sentences in which n-grams can occur.
protocol SentenceFilter: Sendable {
  /// How many sentences the vocabulary has.
  var sentenceCount: Int { get }

  /// The sentences in which `words` can occur, one after the other.
  func sentences(of words: [ArraySlice<UInt8>]) -> SentenceSet
}

/// Lets everything pass.
struct EverythingFilter: SentenceFilter {
  let sentenceCount = 0

  func sentences(of words: [ArraySlice<UInt8>]) -> SentenceSet { .all }
}

/// Sentences as sets of words (`lm/filter/vocab.hh`).
struct VocabularyFilter: SentenceFilter {
  let sentenceCount: Int
  private let sentencesOfWord: [ArraySlice<UInt8>: [Int]]

  /// Reads a file with a sentence a line, or of one sentence; lines without words do not count.
  init(path: String, isOneSentence: Bool) throws(LanguageModelError) {
    var lines = try LineReader(path: path)
    var sentencesOfWord: [ArraySlice<UInt8>: [Int]] = [:]
    var sentence = 0
    while try lines.advance() {
      var fields = FieldReader(lines.current)
      var hasWords = false
      while let word = fields.next() {
        hasWords = true
        if sentencesOfWord[word]?.last != sentence {
          sentencesOfWord[Array(word)[...], default: []].append(sentence)
        }
      }
      if hasWords, !isOneSentence { sentence += 1 }
    }
    self.sentencesOfWord = sentencesOfWord
    sentenceCount = isOneSentence ? 1 : sentence
  }

  func sentences(of words: [ArraySlice<UInt8>]) -> SentenceSet {
    var common: [Int]?
    for word in words where !isTag(word) {
      guard let sentences = sentencesOfWord[word] else { return .sentences([]) }
      common = common.map { intersection($0, sentences) } ?? sentences
    }
    return common.map { .sentences($0) } ?? .all
  }
}

/// Sentences as sets of phrases that are put together in any order (`lm/filter/phrase.cc`).
///
/// An n-gram may begin and end inside of a phrase.
struct PhraseFilter: SentenceFilter {
  let sentenceCount: Int
  private let relations: [[ArraySlice<UInt8>]: Relation]

  /// Sentences that have a phrase with the words inside, at the left end, at the right end, or as a whole.
  private struct Relation {
    var inside: [Int] = []
    var left: [Int] = []
    var right: [Int] = []
    var whole: [Int] = []
  }

  /// Reads a file with a sentence a line, of phrases with tabs between them.
  init(path: String) throws(LanguageModelError) {
    var lines = try LineReader(path: path)
    var relations: [[ArraySlice<UInt8>]: Relation] = [:]
    var sentence = 0
    while try lines.advance() {
      let text = Array(lines.current)
      let phrases = text.split { $0 == 9 || $0 == 11 }
        .map { $0.split(separator: 32) }.filter { !$0.isEmpty }
      for phrase in phrases { Self.add(phrase, sentence, &relations) }
      if !phrases.isEmpty { sentence += 1 }
    }
    self.relations = relations
    sentenceCount = sentence
  }

  private static func add(
    _ phrase: [ArraySlice<UInt8>], _ sentence: Int,
    _ relations: inout [[ArraySlice<UInt8>]: Relation]
  ) {
    let note = { (list: inout [Int]) in if list.last != sentence { list.append(sentence) } }
    for start in phrase.indices {
      for end in start..<phrase.count {
        var relation = relations[Array(phrase[start...end])] ?? Relation()
        note(&relation.inside)
        if start == 0 { note(&relation.left) }
        if end == phrase.count - 1 { note(&relation.right) }
        if start == 0, end == phrase.count - 1 { note(&relation.whole) }
        relations[Array(phrase[start...end])] = relation
      }
    }
  }

  func sentences(of words: [ArraySlice<UInt8>]) -> SentenceSet {
    var words = words[...]
    if let first = words.first, isTag(first) { words = words.dropFirst() }
    words = words.prefix { !$0.elementsEqual("</s>".utf8) }
    guard !words.isEmpty else { return .all }
    let list = Array(words)
    // ending[i]: the sentences in which a phrase can end with word i, given the words before.
    var ending: [[Int]] = []
    for last in list.indices {
      let isEnd = last == list.count - 1
      let opening = relations[Array(list[0...last])]
      var found = (isEnd ? opening?.inside : opening?.right) ?? []
      for first in stride(from: 1, through: last, by: 1) {
        guard let relation = relations[Array(list[first...last])] else { continue }
        found = union(
          found, intersection(ending[first - 1], isEnd ? relation.left : relation.whole))
      }
      ending.append(found)
    }
    return .sentences(ending[list.count - 1])
  }
}

/// Whether `word` is a mark such as `<s>`.
private func isTag(_ word: ArraySlice<UInt8>) -> Bool {
  word.first == UInt8(ascii: "<") && word.last == UInt8(ascii: ">")
}

/// What two rising lists have in common.
private func intersection(_ first: [Int], _ second: [Int]) -> [Int] {
  var common: [Int] = []
  var (index, other) = (0, 0)
  while index < first.count, other < second.count {
    if first[index] == second[other] { common.append(first[index]) }
    let (value, otherValue) = (first[index], second[other])
    if value <= otherValue { index += 1 }
    if otherValue <= value { other += 1 }
  }
  return common
}

/// What either of two rising lists has.
private func union(_ first: [Int], _ second: [Int]) -> [Int] {
  second.isEmpty ? first : first.isEmpty ? second : Set(first).union(second).sorted()
}
