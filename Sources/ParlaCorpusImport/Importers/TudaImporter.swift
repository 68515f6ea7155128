import ParlaFiles

/// Tuda-De: `SET/TIME.xml` with the sentence and `SET/TIME_MICROPHONE.wav` of several microphones at once.
struct TudaImporter: SourceImporter {
  let name = "tuda"
  let summary = "Tuda-De, 180 speakers before several microphones, 36 hours each; German"
  let licence = "CC BY 4.0"
  let layout = "folders train, dev and test with TIME.xml and TIME_MICROPHONE.wav"
  let rules: ImportRules = {
    var rules = ImportRules(
      TextRules(.deepSpeech, keptLetters: "ÄÖÜäöüß"), seconds: 0...10, millisecondsPerCharacter: 30)
    rules.requiredRate = 16_000
    rules.requiredChannels = 1
    return rules
  }()

  func recognizes(_ tree: SourceTree) -> Bool {
    tree.paths(ending: ".xml").contains { isDescription($0) }
  }

  /// Whether the path is like 2014-03-17-13-03-33.xml.
  private func isDescription(_ path: String) -> Bool {
    path.fileStem.wholeMatch(of: /\d{4}(-\d\d){5}/) != nil
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var recordings: [String: [String]] = [:]
    for path in tree.paths(ending: ".wav") {
      if let end = path.lastIndex(of: "_") {
        recordings[String(path[..<end]), default: []].append(path)
      }
    }
    var samples: [ListedSample] = []
    for path in tree.paths(ending: ".xml") where isDescription(path) {
      let values = Self.values(SourceText(try tree.contents(path)).text)
      let text = (values["cleaned_sentence"] ?? values["sentence"] ?? "")
        .replacing(/[cC][oO]2/) { _ in "c o zwei" }
      for recording in recordings[path.withoutExtension] ?? [path.withoutExtension + ".wav"] {
        samples.append(
          ListedSample(
            recording, text: text, speaker: values["speaker_id"],
            sets: part(inPath: path).map { [$0] } ?? []))
      }
    }
    return samples
  }

  /// The texts of the elements that have no others in them.
  private static func values(_ text: String) -> [String: String] {
    var reader = MarkupReader(text)
    var values: [String: String] = [:]
    var name = ""
    while let event = reader.next() {
      switch event {
      case .open(let opened, _): name = opened
      case .text(let text): values[name] = text
      case .close: name = ""
      }
    }
    return values
  }
}
