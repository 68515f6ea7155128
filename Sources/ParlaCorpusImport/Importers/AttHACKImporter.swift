import ParlaFiles

/// Att-HACK: `txt/F01_a1_s001_v01.txt` and `wav/F01_a1_s001_v01.wav`: speaker, attitude, sentence, version.
struct AttHACKImporter: SourceImporter {
  let name = "att-hack"
  let summary = "Att-HACK, sentences spoken with four attitudes, 20 actors, 30 hours; French"
  let licence = "CC-BY-NC-ND-4.0"
  let layout = "txt/….txt next to wav/….wav, or txt.tgz and wav.tgz"
  let rules = ImportRules(
    TextRules(.deepSpeech), seconds: 0.85...10, millisecondsPerCharacter: 30)

  func recognizes(_ tree: SourceTree) -> Bool { !texts(in: tree).isEmpty }

  private func texts(in tree: SourceTree) -> [String] {
    tree.paths(ending: ".txt").filter { Self.speaker(of: $0) != nil }
  }

  /// The speaker in the file's name; nil for other files.
  private static func speaker(of path: String) -> String? {
    path.fileName.withoutExtension.wholeMatch(of: /([FMHfmh][0-9]+)_a[0-9]+_s[0-9]+_v[0-9]+/).map {
      String($0.output.1)
    }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    for path in texts(in: tree) {
      let text = SourceText(try tree.contents(path), encoding: request.encoding).text
      samples.append(
        ListedSample(
          tree.recording(named: path.fileName.withoutExtension)
            ?? "\(path.fileName.withoutExtension).wav", text: text.trimmed,
          speaker: Self.speaker(of: path)))
    }
    return samples
  }
}
