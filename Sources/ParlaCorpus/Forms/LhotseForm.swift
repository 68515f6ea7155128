import ParlaAudio
import ParlaFiles

/// Manifests of lhotse: cuts, or recordings with their supervisions, as JSON lines, compressed or not.
///
/// Also its Shar, whose recordings lie in tar archives (``LhotseShar``). lhotse 1.24, `lhotse/cut/data.py`, `lhotse/audio/recording.py`, `lhotse/supervision.py`: each supervision is a sample.
enum LhotseForm: CorpusForm {
  static let name = "lhotse"
  static let summary = "lhotse cuts.jsonl(.gz) with supervisions, or Shar folders"

  static func recognizes(_ place: CorpusPlace) -> Bool {
    place.isFolder
      ? !listNames(in: place).isEmpty : isCuts(place.firstKeys) || isSupervisions(place.firstKeys)
  }

  private static func isCuts(_ keys: Set<String>) -> Bool {
    keys.contains("supervisions") || keys.isSuperset(of: ["start", "duration", "recording"])
  }

  private static func isSupervisions(_ keys: Set<String>) -> Bool {
    keys.isSuperset(of: ["recording_id", "start", "duration"])
  }

  /// The lists of samples in a folder.
  private static func listNames(in place: CorpusPlace) -> [String] {
    let lists = place.names.filter { $0.hasSuffix(".jsonl") || $0.hasSuffix(".jsonl.gz") }
    let cuts = lists.filter { $0.contains("cuts") }
    return cuts.isEmpty ? lists.filter { $0.contains("supervisions") } : cuts
  }

  static func read(_ place: CorpusPlace) throws(CorpusError) -> CorpusContent {
    guard !place.isFolder else {
      let names = listNames(in: place)
      if let shards = LhotseShar.shards(names) {
        var content = CorpusContent()
        for name in shards { content.add(try readCuts(place.path.appendingName(name))) }
        return content
      }
      guard names.count == 1 else { throw .severalParts(path: place.path, names: names) }
      return try read(CorpusPlace(place.path.appendingName(names[0])))
    }
    return isCuts(place.firstKeys)
      ? try readCuts(place.path) : try readSupervisions(place.path)
  }

  // MARK: Lines

  private struct Recording: Codable, Equatable {
    struct Source: Codable, Equatable {
      let type: String
      let channels: [Int]
      let source: String
    }
    let id: String
    var sources: [Source]
    let samplingRate: Int
    let numSamples: Int
    let duration: Double
    var channelIds: [Int]?
  }

  private struct Supervision: Codable {
    let id: String
    let recordingId: String
    let start: Double
    let duration: Double
    let channel: Channels
    let text: String?
    var language: String?
    let speaker: String?
  }

  private struct Cut: Codable {
    let id: String
    let start: Double
    let duration: Double
    let channel: Channels
    let supervisions: [Supervision]?
    let recording: Recording?
    let type: String?
  }

  /// One channel, or several.
  private enum Channels: Codable {
    case one(Int)
    case several([Int])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let one = try? container.decode(Int.self) {
        self = .one(one)
      } else {
        self = .several(try container.decode([Int].self))
      }
    }

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .one(let one): try container.encode(one)
      case .several(let several): try container.encode(several)
      }
    }

    var all: [Int] {
      switch self {
      case .one(let one): [one]
      case .several(let several): several
      }
    }

    var only: Int? { all.count == 1 ? all[0] : nil }
  }

  private static let expected =
    "a MonoCut with recording and supervisions, or a supervision with recording_id, start, duration and text"

  // MARK: Reading

  private static func readCuts(_ path: String) throws(CorpusError) -> CorpusContent {
    var content = CorpusContent()
    var shar: LhotseShar?
    content.problems = try JSONLines.objects(Cut.self, path, expected: expected) {
      number, cut throws(CorpusError) in
      guard var recording = cut.recording else {
        throw .badEntry(
          path: path, line: number, found: "\(cut.type ?? "a cut") without a recording",
          expected: expected)
      }
      if let source = recording.sources.first, source.type == "shar" {
        if shar == nil { shar = try LhotseShar(besides: path) }
        guard let place = shar?.address(of: cut.id) else {
          throw .badEntry(
            path: path, line: number,
            found: "\(cut.id), which has no recording in \(LhotseShar.path(of: path))",
            expected: expected)
        }
        // The sound is the cut's, without the recording's other channels.
        recording.sources = [.init(type: "file", channels: cut.channel.all, source: place)]
      }
      let supervisions = cut.supervisions ?? []
      if supervisions.isEmpty {
        content.unlabelled = content.unlabelled ?? withoutText(path, number)
        content.samples.append(
          Sample(
            audioPath: try address(
              recording, from: cut.start, lasting: cut.duration, cut.channel, path, number),
            transcript: "", line: number, otherColumns: ["id": cut.id]))
      }
      for supervision in supervisions {
        content.samples.append(
          try sample(supervision, recording, from: cut.start, &content, path, number))
      }
    }
    return content
  }

  private static func readSupervisions(_ path: String) throws(CorpusError) -> CorpusContent {
    let name = path.fileName
    let other = path.folderPath.appendingName(
      name.replacing("supervisions", with: "recordings"))
    var recordings: [[UInt8]: (recording: Recording, line: Int)] = [:]
    guard name.contains("supervisions") else {
      throw .missingFile(
        folder: path, name: "the list of recordings, named as that of supervisions")
    }
    var content = CorpusContent()
    content.problems = try JSONLines.objects(
      Recording.self, other, expected: "a recording with id and sources"
    ) { number, recording throws(CorpusError) in
      if let first = recordings[recording.id.bytes], first.recording != recording {
        throw .duplicateKey(
          path: other, line: number, key: recording.id, found: "a second line",
          first: "line \(first.line)")
      }
      recordings[recording.id.bytes] = (recording, number)
    }
    content.problems += try JSONLines.objects(Supervision.self, path, expected: expected) {
      number, supervision throws(CorpusError) in
      guard let recording = recordings[supervision.recordingId.bytes]?.recording else {
        throw .badEntry(
          path: path, line: number,
          found: "\(supervision.recordingId), which is not in \(other)", expected: expected)
      }
      content.samples.append(try sample(supervision, recording, from: 0, &content, path, number))
    }
    return content
  }

  private static func sample(
    _ supervision: Supervision, _ recording: Recording, from start: Double,
    _ content: inout CorpusContent, _ path: String, _ number: Int
  ) throws(CorpusError) -> Sample {
    if supervision.text == nil {
      content.unlabelled = content.unlabelled ?? withoutText(path, number)
    }
    return Sample(
      audioPath: try address(
        recording, from: start + supervision.start, lasting: supervision.duration,
        supervision.channel, path, number),
      transcript: supervision.text ?? "", speaker: supervision.speaker, line: number,
      otherColumns: ["id": supervision.id].merging(
        supervision.language.map { ["lang": $0] } ?? [:]
      ) { $1 })
  }

  private static func withoutText(_ path: String, _ number: Int) -> CorpusError {
    .badEntry(path: path, line: number, found: "no \"text\"", expected: expected)
  }

  private static func address(
    _ recording: Recording, from start: Double, lasting duration: Double, _ channels: Channels,
    _ path: String, _ number: Int
  ) throws(CorpusError) -> String {
    // Sums of rounded times may be a little less than zero.
    guard start > -0.001, duration > 0 else {
      throw .badEntry(
        path: path, line: number, found: "start \(start) and duration \(duration)",
        expected: "a passage that starts at 0 or later and lasts more than 0 seconds")
    }
    let known = recording.sources.flatMap(\.channels)
    if let missing = channels.all.first(where: { !known.contains($0) }), !known.isEmpty {
      throw .badEntry(
        path: path, line: number, found: "channel \(missing)",
        expected: "one that a source of the recording has: "
          + known.map(String.init).joined(separator: ", "))
    }
    let channel = channels.only
    let source =
      recording.sources.first { channel.map($0.channels.contains) ?? true }
      ?? recording.sources.first
    guard let source else {
      throw .badEntry(path: path, line: number, found: "no source", expected: expected)
    }
    switch source.type {
    case "file", "url": break
    case "command": throw .command(path: path, line: number, command: source.source)
    case let type:
      throw .badEntry(
        path: path, line: number, found: "a recording in \(type)",
        expected: "one of the types file, url or shar")
    }
    let file = source.source.resolvedFromWorkingFolder(or: path.folderPath)
    // A sample of time is lost in the digits that such lists have.
    let isWhole =
      start == 0 && duration >= recording.duration - 1 / Double(recording.samplingRate)
      && duration <= recording.duration + 1 / Double(recording.samplingRate)
    return SoundPlace.passage(
      file, from: isWhole ? 0 : max(0, start), lasting: isWhole ? nil : duration,
      channel: source.channels.count > 1 ? channel.flatMap(source.channels.firstIndex) : nil)
  }

  // MARK: Writing

  static func writer(_ path: String, _ style: CorpusStyle) throws(CorpusError) -> any CorpusWriter {
    try ListingWriter(path, sounds: path.withoutExtension) { samples throws(CorpusError) in
      var text = ""
      let passages = try durations(of: samples, name, allowsChannels: true)
      for (index, (sample, passage)) in zip(samples, passages).enumerated() {
        let id = sample.otherColumns["id"] ?? "sample-\(index + 1)"
        let channels = Array(0..<passage.whole.channelCount)
        let recording = Recording(
          id: passage.file,
          sources: [.init(type: "file", channels: channels, source: passage.file)],
          samplingRate: passage.whole.sampleRate, numSamples: passage.whole.sampleCount,
          duration: passage.whole.duration, channelIds: channels)
        let channel = Channels.one(passage.channel ?? 0)
        let supervision = Supervision(
          id: id, recordingId: passage.file, start: 0, duration: passage.seconds,
          channel: channel, text: sample.transcript, language: sample.otherColumns["lang"],
          speaker: sample.speaker)
        text += try JSONLines.line(
          Cut(
            id: id, start: passage.start ?? 0, duration: passage.seconds, channel: channel,
            supervisions: style.hasTranscripts ? [supervision] : [], recording: recording,
            type: "MonoCut"))
      }
      return [(path, text)]
    }
  }
}
