import ParlaFiles

/// TED-LIUM, releases 1 to 3: talks `sph/NAME.sph` with `stm/NAME.stm`, whose lines are
/// `NAME CHANNEL SPEAKER START END <labels> text`.
///
/// Release 3 has all talks in `data` and divides them in `legacy`, where those of train are links.
struct TEDLIUMImporter: SourceImporter {
  let name = "ted-lium"
  let summary = "TED-LIUM, talks of conferences, 118 to 452 hours; English"
  let licence = "CC BY-NC-ND 3.0"
  let layout = "folders train, dev and test with stm/….stm and sph/….sph"
  let rules = ImportRules(TextRules(.asWritten, stripsAccents: true))

  func recognizes(_ tree: SourceTree) -> Bool { !tree.paths(ending: ".stm").isEmpty }

  func samples(
    in tree: SourceTree, _ request: ListingRequest
  ) throws(ImportError) -> [ListedSample] {
    var samples: [ListedSample] = []
    let tables = tree.paths(ending: ".stm")
    let divided = Set(tables.filter { part(inPath: $0) != nil }.map(\.fileStem))
    for table in tables where part(inPath: table) != nil || !divided.contains(table.fileStem) {
      let talk = table.folderPath.folderPath.appendingName("sph/\(table.fileStem)")
      let recording =
        tree.recording(talk) ?? tree.recording(table.withoutExtension)
        ?? tree.recording(named: table.fileStem) ?? talk + ".sph"
      let part = part(inPath: table) ?? (divided.isEmpty ? nil : "train")
      for line in SourceText(try tree.contents(table)).lines {
        let words = line.split(separator: " ", omittingEmptySubsequences: true)
        guard words.count >= 5, !line.hasPrefix(";;"), words[2] != "inter_segment_gap" else {
          continue
        }
        guard let start = Double(words[3]), let end = Double(words[4]) else { continue }
        let spoken = words.dropFirst(5).drop {
          $0.hasPrefix("<") && $0.hasSuffix(">") && $0.contains(",") || $0 == "<NA>"
        }
        guard spoken.first != "ignore_time_segment_in_scoring" else { continue }
        samples.append(
          ListedSample(
            recording, text: spoken.joined(separator: " "), speaker: String(words[2]),
            sets: part.map { [$0] } ?? [], segment: Segment(start: start, end: end)))
      }
    }
    return samples
  }
}
