/// The clips that are wanted, each once; there may be millions of them, so what follows from something else is not held.
struct ClipRequests: Sendable, RandomAccessCollection {
  private struct Entry {
    let audio: Int32
    /// The passage's position in `segments`; -1 for all of the recording.
    let segment: Int32
    /// Which of the names that it may have is its own.
    let choice: UInt8
    var wanted: ClosedRange<Double>
  }

  private(set) var recordings: RecordingLists
  private var entries: [Entry] = []
  private var segments: [Segment] = []
  private var names = PositionIndex()
  private let needsFormat: Bool

  /// Starts without clips of `recordings`, whose rate and channels matter if that `needsFormat`.
  init(of recordings: RecordingLists, needsFormat: Bool) {
    self.recordings = recordings
    self.needsFormat = needsFormat
  }

  var startIndex: Int { 0 }
  var endIndex: Int { entries.count }

  subscript(_ position: Int) -> ClipRequest {
    let entry = entries[position]
    let audio = recordings[entry.audio]
    let segment = entry.segment < 0 ? nil : segments[Int(entry.segment)]
    return ClipRequest(
      audio: audio, segment: segment,
      name: ClipNames.choices(audio[0], segment)[Int(entry.choice)], wanted: entry.wanted,
      needsFormat: needsFormat)
  }

  /// The number of the recordings of the clip at `position`.
  func audio(_ position: Int) -> Int32 { entries[position].audio }

  /// Whether the clip at `position` is a passage.
  func isPassage(_ position: Int) -> Bool { entries[position].segment >= 0 }

  /// The position of the clip called `name`; nil if there is none.
  func position(named name: String) -> Int? {
    names.position(PositionIndex.mark(of: name)) { self[$0].name == name }
  }

  /// The number of the recordings at `paths`.
  mutating func number(of paths: [String]) -> Int32 { recordings.number(of: paths) }

  /// The position of the clip of the recordings with the number `audio`, which a sample can use with lengths of `wanted` seconds;
  /// a recording with several texts or in several sets becomes one clip.
  mutating func insert(
    _ audio: Int32, _ segment: Segment?, wanted: ClosedRange<Double>
  ) -> Int {
    let path = recordings[audio][0]
    let choices = ClipNames.choices(path, segment)
    for (choice, name) in choices.enumerated() {
      guard let position = position(named: name) else {
        add(audio, segment, choice: choice, name: name, wanted: wanted)
        return entries.count - 1
      }
      // The name is also that of another recording, of which only the ending differs.
      let owner = recordings[entries[position].audio][0]
      let isSame = owner == path || ClipNames.storable(owner) == ClipNames.storable(path)
      guard isSame || choice == choices.count - 1 else { continue }
      widen(position, to: wanted)
      return position
    }
    preconditionFailure("the last name is always taken")
  }

  private mutating func add(
    _ audio: Int32, _ segment: Segment?, choice: Int, name: String, wanted: ClosedRange<Double>
  ) {
    names.insert(entries.count, PositionIndex.mark(of: name))
    if let segment { segments.append(segment) }
    entries.append(
      Entry(
        audio: audio, segment: segment == nil ? -1 : Int32(segments.count - 1),
        choice: UInt8(choice), wanted: wanted))
  }

  /// Makes the clip at `position` fit samples with lengths of `other` too.
  private mutating func widen(_ position: Int, to other: ClosedRange<Double>) {
    let wanted = entries[position].wanted
    let shortest = Swift.min(wanted.lowerBound, other.lowerBound)
    let longest = Swift.max(wanted.upperBound, other.upperBound)
    entries[position].wanted = shortest...longest
  }
}
