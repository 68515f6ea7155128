/// What became of the clips that are wanted; as paths follow from the requests, they are not held.
struct ClipOutcomes: Sendable {
  /// Where a clip is.
  private enum Place: UInt8 {
    /// It is not known yet.
    case unknown
    /// It was not made, for a reason.
    case leftOut
    /// It was not written, since no sample wants one of its length.
    case unwritten
    /// The recording itself, in the source.
    case source
    /// In the output folder, under the request's name.
    case wav, flac, recording
    /// Anywhere else.
    case other
  }

  private struct Entry {
    var seconds = 0.0
    var byteCount = 0
    var sourceRate: Int32 = 0
    var sourceChannels: Int16 = 0
    var place = Place.unknown
  }

  /// The clips.
  let requests: ClipRequests
  private var entries: [Entry]
  private var reasons: [Int: (reason: LeftOutReason, detail: String)] = [:]
  private var paths: [Int: String] = [:]

  /// Starts with nothing known of the clips of `requests`.
  init(of requests: ClipRequests) {
    self.requests = requests
    entries = [Entry](repeating: Entry(), count: requests.count)
  }

  /// Whether it is known what became of the clip at `position`.
  func isKnown(_ position: Int) -> Bool { entries[position].place != .unknown }

  /// How many are known.
  var knownCount: Int { entries.count { $0.place != .unknown } }

  /// What became of the clip at `position`; nil if that is unknown.
  subscript(_ position: Int) -> ClipOutcome? {
    get {
      let entry = entries[position]
      if let left = reasons[position] { return .leftOut(left.reason, detail: left.detail) }
      guard let path = path(position, entry.place) else { return nil }
      return .clip(
        Clip(
          path: path, seconds: entry.seconds, byteCount: entry.byteCount,
          sourceRate: Int(entry.sourceRate), sourceChannels: Int(entry.sourceChannels)))
    }
    set {
      reasons[position] = nil
      paths[position] = nil
      switch newValue {
      case nil: entries[position] = Entry()
      case .leftOut(let reason, let detail):
        entries[position] = Entry(place: .leftOut)
        reasons[position] = (reason, detail)
      case .clip(let clip):
        let places: [Place] = [.unwritten, .source, .wav, .flac, .recording]
        let place = places.first { path(position, $0) == clip.path } ?? .other
        if place == .other { paths[position] = clip.path }
        entries[position] = Entry(
          seconds: clip.seconds, byteCount: clip.byteCount,
          sourceRate: Int32(clamping: clip.sourceRate),
          sourceChannels: Int16(clamping: clip.sourceChannels), place: place)
      }
    }
  }

  /// The path of the clip at `position` if it is at `place`; nil where no clip is.
  private func path(_ position: Int, _ place: Place) -> String? {
    switch place {
    case .unknown, .leftOut: nil
    case .unwritten: ""
    case .source:
      requests.recordings.files(requests.audio(position)).first?.plainPath
    case .wav: "clips/\(requests[position].name).wav"
    case .flac: "clips/\(requests[position].name).flac"
    case .recording:
      "clips/\(requests[position].name).\(requests[position].audio[0].ending)"
    case .other: paths[position]
    }
  }
}
