/// The samples that have a transcript and a recording, 24 bytes each; what several have in common is held once.
struct SampleRows: Sendable {
  private struct Row {
    let audio: Int32
    let request: Int32
    let text: Int32
    /// -1 where none is known.
    let speaker: Int32
    let sets: Int32
    /// -1 for none.
    let rest: Int32
  }

  /// The clips that they need.
  private(set) var requests: ClipRequests
  private var rows: [Row] = []
  private var texts = StringPool()
  /// By the text's position.
  private var transcripts = PackedStrings()
  private var speakers = NumberedValues<String>()
  private var sets = NumberedValues<[String]>()
  private var rests: [ListedSample.Rest] = []

  /// Starts without rows; they will be those of recordings in `tree`, whose rate and channels matter if that `needsFormat`.
  init(of tree: SourceTree, needsFormat: Bool) {
    requests = ClipRequests(of: RecordingLists(of: tree), needsFormat: needsFormat)
  }

  var count: Int { rows.count }

  /// The transcript of a sample that has the same `text`; nil if there is none.
  func transcript(of text: String) -> String? {
    texts.position(of: text).map { transcripts[$0] }
  }

  /// Adds `sample`, which can use a clip of `wanted` seconds.
  mutating func append(
    _ sample: ListedSample, transcript: String, wanted: ClosedRange<Double>
  ) {
    let audio = requests.number(of: sample.audio)
    let request = requests.insert(audio, sample.segment, wanted: wanted)
    let text = texts.insert(sample.text)
    if text == transcripts.count { transcripts.append(transcript) }
    let speaker = sample.speaker.map { speakers.number(of: $0) }
    if let rest = sample.rest { rests.append(rest) }
    rows.append(
      Row(
        audio: audio, request: Int32(request), text: Int32(text), speaker: speaker ?? -1,
        sets: sets.number(of: sample.sets), rest: sample.rest == nil ? -1 : Int32(rests.count - 1)))
  }

  /// The sample of the row at `position`.
  func listed(_ position: Int) -> ListedSample {
    let row = rows[position]
    return ListedSample(
      requests.recordings[row.audio], text: texts[Int(row.text)],
      speaker: row.speaker < 0 ? nil : speakers[row.speaker], sets: sets[row.sets],
      rest: row.rest < 0 ? nil : rests[Int(row.rest)])
  }

  /// The transcript of the row at `position`.
  func transcript(_ position: Int) -> String { transcripts[Int(rows[position].text)] }

  /// The position of the clip that the row at `position` needs.
  func request(_ position: Int) -> Int { Int(rows[position].request) }
}
