import ParlaFiles

/// The conferences of the Centre de conférences Pierre Mendès France: an XML with `<row timestamp="…" timedur="…">text</row>` for each
/// MP3, whose name has the most parts in common with its own.
struct CCPMFImporter: SourceImporter {
  let name = "ccpmf"
  let summary = "conferences of the French ministry of economics, 2012 to 2020; French"
  let licence = "Licence Ouverte 2.0"
  let layout = "….xml with <row timestamp= timedur=> and ….mp3 of the same date"
  let rules = ImportRules(
    TextRules(.deepSpeech), seconds: 0.85...10, millisecondsPerCharacter: 20)

  func recognizes(_ tree: SourceTree) -> Bool {
    tree.paths(ending: ".xml").prefix(3).contains { path in
      guard let data = try? tree.contents(path) else { return false }
      return SourceText(data.prefix(1 << 16)).text.firstMatch(of: /<row[^>]*timestamp=/) != nil
    }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    let sounds = tree.files.map(\.path).filter(SourceFile.isSound)
    var samples: [ListedSample] = []
    for path in tree.paths(ending: ".xml") {
      guard let recording = Self.recording(of: path, sounds) else { continue }
      let text = SourceText(try tree.contents(path), encoding: request.encoding).text
      // The originals drop the last passage of each file, and put no blank where rows meet; here neither.
      for passage in Self.passages(of: Self.rows(of: text)) {
        samples.append(
          ListedSample(
            recording, text: Self.plain(passage.text), speaker: path.fileName.withoutExtension,
            segment: Segment(start: passage.start, end: passage.end)))
      }
    }
    return samples
  }

  /// The recording whose name, in parts between underscores, is most like that of the text; the first part is the date.
  private static func recording(of path: String, _ sounds: [String]) -> String? {
    let words = path.fileName.withoutExtension.split(separator: "_")
    let scored = sounds.map { sound in
      let other = sound.fileName.withoutExtension.split(separator: "_")
      return (
        sound: sound,
        score: other.first == words.first ? zip(words, other).count { $0 == $1 } : 0
      )
    }
    return scored.filter { $0.score > 0 }.max { $0.score < $1.score }?.sound
  }

  private struct Row {
    let start: Double
    let end: Double
    let text: String
  }

  private static func rows(of text: String) -> [Row] {
    var reader = MarkupReader(text)
    var rows: [Row] = []
    var times: (start: Double, duration: Double)?
    while let event = reader.next() {
      switch event {
      case .open("row", let attributes):
        guard let start = attributes["timestamp"].flatMap({ Double($0) }),
          let duration = attributes["timedur"].flatMap({ Double($0) })
        else { continue }
        times = (start, duration)
      case .text(let content):
        guard let open = times else { continue }
        rows.append(
          Row(start: open.start, end: open.start + open.duration, text: content))
        times = nil
      default: break
      }
    }
    return rows
  }

  /// Rows that follow one another without a pause, joined up to ten seconds.
  private static func passages(of rows: [Row]) -> [Row] {
    var passages: [Row] = []
    for row in rows {
      guard let last = passages.last,
        abs(row.start - last.end) <= 2.5e-4 * max(row.start, last.end),
        row.end - last.start < 10
      else {
        passages.append(row)
        continue
      }
      passages[passages.count - 1] = Row(
        start: last.start, end: row.end, text: "\(last.text) \(row.text)")
    }
    return passages
  }

  /// Signs as they are spoken.
  private static func plain(_ text: String) -> String {
    var text = text
    for (sign, words) in [
      ("%", " pour cent "), ("€", " euros "), ("+", " plus "), ("/", " "), ("-", " "),
      ("°", " degrés "),
      ("m²", " mètres carrés "), ("[end]", ""), ("&", " et "), ("@", " at "), ("#", " hashtag "),
    ] { text = text.replacing(sign, with: words) }
    return text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
  }
}
