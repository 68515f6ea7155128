import ParlaFiles

/// Switchboard-1: `sw0NNNN.sph`, a speaker a channel, and the transcripts of Mississippi State University, `sw2NNNA-ms98-a-trans.text`
/// (`ID START END text`).
struct SwitchboardImporter: SourceImporter {
  let name = "switchboard"
  let summary = "Switchboard-1, 2400 telephone conversations, 260 hours; American English"
  let licence = "LDC97S62, by licence; transcripts free"
  let layout = "….sph with …/sw2…-ms98-a-trans.text"
  let rules = ImportRules(TextRules(.deepSpeech, stripsAccents: true))

  func recognizes(_ tree: SourceTree) -> Bool { !tables(in: tree).isEmpty }

  private func tables(in tree: SourceTree) -> [String] {
    tree.paths(ending: "-trans.text").filter {
      $0.fileName.firstMatch(of: /^sw[0-9]{4}[AB]/) != nil
    }
  }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    for table in tables(in: tree) {
      let conversation = String(table.fileName.prefix(7))
      let number = conversation.dropFirst(2).prefix(4)
      let recording = tree.recording(named: "sw0\(number)") ?? "sw0\(number).sph"
      let channel = conversation.hasSuffix("A") ? 0 : 1
      for line in SourceText(try tree.contents(table), encoding: request.encoding).lines {
        guard let match = line.wholeMatch(of: /\s*(\S+)\s+([0-9.]+)\s+([0-9.]+)\s+(.*)/),
          let start = Double(match.output.2), let end = Double(match.output.3), start < end
        else { continue }
        samples.append(
          ListedSample(
            recording, text: String(match.output.4), speaker: conversation,
            segment: Segment(start: start, end: end, channel: channel)))
      }
    }
    return samples
  }

  /// The last fifth is test, of the rest the last fifth dev.
  func originalParts(of samples: KeptSamples) -> [String]? {
    let learned = samples.count * 4 / 5
    return samples.indices.map {
      $0 >= learned ? "test" : $0 >= learned * 4 / 5 ? "dev" : "train"
    }
  }
}
