import ParlaFiles

/// The Spoken Wikipedia Corpus: `LANGUAGE/ARTICLE/aligned.swc` with the times of words, and `audio.ogg`, or `audio1.ogg` and
/// others that are joined.
struct SpokenWikipediaImporter: SourceImporter {
  let name = "swc"
  let summary = "Spoken Wikipedia, read articles, 182 to 386 hours; German, English, Dutch"
  let licence = "CC BY-SA"
  let layout = "german/ARTICLE/aligned.swc with audio.ogg next to them"
  let rules = ImportRules(
    TextRules(.deepSpeech, keptLetters: "ÄÖÜäöüß"), seconds: 0...10, millisecondsPerCharacter: 30)

  private static let alignment = "aligned.swc"

  func recognizes(_ tree: SourceTree) -> Bool { !tree.paths(named: Self.alignment).isEmpty }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    let alignments = try tree.inOneLanguage(
      tree.paths(named: Self.alignment), of: name, asked: request.language
    ) { $0.folderPath.folderPath.fileName }
    let limit = min(request.longestSeconds, rules.longestSeconds)
    var samples: [ListedSample] = []
    for path in alignments {
      let audio = tree.files.map(\.path).filter { file in
        file.folderPath == path.folderPath && file.ending == "ogg"
          && file.fileStem.hasPrefix("audio")
      }
      let article = SpokenArticle(SourceText(try tree.contents(path)).text, longest: limit)
      for passage in article.passages {
        var sample = ListedSample(
          "", text: passage.text, speaker: article.reader, segment: passage.segment)
        sample.audio = audio.isEmpty ? [path.folderPath.appendingName("audio.ogg")] : audio
        sample.columns["article"] = article.identifier ?? ""
        if passage.segment == nil { sample.flaw = .noTimes }
        if request.excludesUnknownSpeakers && article.reader == nil
          || request.excludesUnknownArticles && article.identifier == nil
        {
          sample.flaw = .unknownOrigin
        }
        samples.append(sample)
      }
    }
    return samples
  }
}

/// An article with the times of its words.
private struct SpokenArticle {
  struct Passage {
    let text: String
    let segment: Segment?
  }

  private(set) var identifier: String?
  private(set) var reader: String?
  private(set) var passages: [Passage] = []

  /// A word or sign: in milliseconds, as the alignment has them.
  private struct Token {
    var start: Int?
    var end: Int?
    var texts: [String] = []
    var text: String?

    /// Adds a `<n>`: a word with its times, as far as they are known.
    mutating func add(_ attributes: [String: String]) {
      start = start ?? Self.time(attributes["start"])
      if let last = Self.time(attributes["end"]) { end = max(end ?? 0, last) }
      if let word = attributes["pronunciation"] { texts.append(word) }
    }

    /// The time that `text` says; nil where it is none, or no recording is so long.
    private static func time(_ text: String?) -> Int? {
      text.flatMap { Int32($0) }.map { Int($0) }
    }

    var spoken: String { texts.isEmpty ? text ?? "" : texts.joined(separator: " ") }
  }

  /// Reads an `aligned.swc`, whose sentences are cut between words where they are longer than `longest` seconds.
  init(_ text: String, longest: Double) {
    var reader = MarkupReader(text)
    var sentence: [Token]?
    var token: Token?
    while let event = reader.next() {
      switch event {
      case .open("prop", let attributes): read(attributes)
      case .open("s", _): sentence = []
      case .close("s"):
        if let tokens = sentence { add(tokens, Int(min(longest, 1e9) * 1000)) }
        sentence = nil
      case .open("t", let attributes): token = Token(text: attributes["text"])
      case .open("n", let attributes):
        token?.add(attributes)
      case .close("t"):
        if let token { sentence?.append(token) }
        token = nil
      default: continue
      }
    }
  }

  private mutating func read(_ attributes: [String: String]) {
    guard let value = attributes["value"] else { return }
    if attributes["key"] == "DC.identifier" { identifier = value }
    if attributes["key"] == "reader.name" { reader = value }
  }

  /// The passages of a sentence: it ends at words that are written in digits, and where it becomes longer than `limit`
  /// milliseconds.
  private mutating func add(_ tokens: [Token], _ limit: Int) {
    var start: Int?
    var end: Int?
    var waiting: [String] = []
    var words: [String] = []
    for token in tokens {
      let spoken = token.spoken
      if spoken.contains(where: \.isNumber) {
        add(words, start, end)
        (start, end, waiting, words) = (nil, nil, [], [])
        continue
      }
      start = start ?? token.start
      guard let first = start else { continue }
      waiting.append(spoken)
      guard let tokenEnd = token.end else { continue }
      if token.start != first, tokenEnd - first > limit {
        add(words, first, end)
        start = end
        words = []
      }
      end = tokenEnd
      words += waiting
      waiting = []
    }
    add(words, start, end)
  }

  private mutating func add(_ words: [String], _ start: Int?, _ end: Int?) {
    guard !words.isEmpty || start == nil && passages.isEmpty else { return }
    var segment: Segment?
    if let start, let end, start < end {
      // A microsecond more: the cutter takes whole samples only.
      segment = Segment(start: Double(start) / 1000 + 1e-7, end: Double(end) / 1000 + 1e-6)
    }
    var text = words.joined(separator: " ").filter { !"/()[]{}<>:".contains($0) }
    for (sign, word) in [("$", " dollar "), ("€", " euro "), ("£", " pfund ")] {
      text = text.replacing(sign, with: word)
    }
    let plain = text.split(separator: " ").joined(separator: " ")
    passages.append(Passage(text: plain, segment: segment))
  }
}
