import ParlaTestSupport
import Testing

@testable import ParlaCorpusImport

@Suite struct ClipRequestsTests {
  /// The requests of a tree of three recordings, one of them in two forms.
  private func withRequests(_ body: (inout ClipRequests) throws -> Void) throws {
    try withTemporaryFolder { folder in
      let corpus = CorpusFolder(folder)
      for name in ["a.mp3", "a.wav", "b.wav"] { try corpus.write("", to: name) }
      let tree = try SourceTree(corpus.root)
      var requests = ClipRequests(of: RecordingLists(of: tree), needsFormat: false)
      try body(&requests)
    }
  }

  @Test func eachClipHasANameOfItsOwn() throws {
    try withRequests { requests in
      for paths in [["a.wav"], ["a.mp3"], ["b.wav"], ["a.wav"], ["b.wav", "a.wav"]] {
        _ = requests.insert(requests.number(of: paths), nil, wanted: 1...2)
      }
      let passage = Segment(start: 1, end: 2)
      _ = requests.insert(requests.number(of: ["b.wav"]), passage, wanted: 1...2)
      #expect(requests.map(\.name) == ["a", "a.mp3", "b", "b-0001000-0002000"])
      #expect(requests.indices.map { requests.position(named: requests[$0].name) } == [0, 1, 2, 3])
      #expect(requests.position(named: "c") == nil)
    }
  }

  @Test func aClipFitsAllItsSamples() throws {
    try withRequests { requests in
      let audio = requests.number(of: ["b.wav"])
      _ = requests.insert(audio, nil, wanted: 1...2)
      _ = requests.insert(audio, nil, wanted: 0.5...1.5)
      #expect(requests.map(\.wanted) == [0.5...2])
    }
  }

  @Test func passagesOfARecordingAreMadeTogether() throws {
    try withRequests { requests in
      let wanted: [(String, Double?)] = [
        ("a.wav", nil), ("b.wav", 1), ("a.wav", 3), ("b.wav", 5), ("a.mp3", nil),
      ]
      for (path, start) in wanted {
        let segment = start.map { Segment(start: $0, end: $0 + 1) }
        _ = requests.insert(requests.number(of: [path]), segment, wanted: 0...9)
      }
      let groups = ClipGroups(of: requests) { $0 != 1 }
      #expect(groups.firsts.map(groups.positions) == [[0, 2], [3], [4]])
    }
  }

  @Test func outcomesAreThoseThatWerePut() throws {
    try withRequests { requests in
      _ = requests.insert(requests.number(of: ["b.wav"]), nil, wanted: 0...9)
      var outcomes = ClipOutcomes(of: requests)
      #expect(outcomes[0] == nil)
      let source = requests.recordings.files(requests.audio(0))[0].plainPath ?? ""
      for path in ["", source, "clips/b.wav", "clips/b.flac", "elsewhere"] {
        let clip = Clip(
          path: path, seconds: 1.25, byteCount: 7, sourceRate: 48_000, sourceChannels: 2)
        outcomes[0] = .clip(clip)
        #expect(outcomes[0] == .clip(clip))
      }
      outcomes[0] = .leftOut(.unreadable, detail: "why")
      #expect(outcomes[0] == .leftOut(.unreadable, detail: "why"))
      outcomes[0] = nil
      #expect(!outcomes.isKnown(0))
    }
  }
}
