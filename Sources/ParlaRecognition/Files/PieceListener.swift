import ParlaFiles
import ParlaTranscripts

/// Hears pieces of recordings, a few of them together on each thread.
///
/// What every frame needs of the network is then read once for all of them; each is heard as it would be alone.
struct PieceListener: Sendable {
  let recognizer: Recognizer
  let candidateCount: Int
  let threadCount: Int

  /// More at a time gain little more.
  static let largestGroup = 4

  /// The most probable transcripts of each of `pieces`, or what is wrong with it.
  func transcripts(of pieces: [[Int16]]) -> [Result<[Transcript], any Error>] {
    let groups = groups(of: pieces.map(\.count))
    let heard = concurrentMap(groups, threadCount: threadCount) { group in
      transcriptsTogether(group.map { pieces[$0] })
    }
    var results = [Result<[Transcript], any Error>](repeating: .success([]), count: pieces.count)
    for (group, transcripts) in zip(groups, heard) {
      for (index, transcript) in zip(group, transcripts) { results[index] = transcript }
    }
    return results
  }

  /// Indices of pieces of nearly the same length, the longest first, so that none of them nor of the threads is left alone for long.
  private func groups(of lengths: [Int]) -> [[Int]] {
    let threads = max(1, threadCount)
    let size = min(Self.largestGroup, max(1, (lengths.count + threads - 1) / threads))
    let sorted = lengths.indices.sorted { (lengths[$1], $0) < (lengths[$0], $1) }
    return stride(from: 0, to: sorted.count, by: size).map {
      Array(sorted[$0..<min($0 + size, sorted.count)])
    }
  }

  /// A stream for what is heard alone.
  func longStream() throws(RecognitionError) -> RecognitionStream {
    try recognizer.makeRecordingStream(options: options)
  }

  private var options: RecognitionOptions {
    RecognitionOptions(decoder: recognizer.decoder, framesPerStep: 24)
  }

  private func transcriptsTogether(
    _ pieces: [[Int16]]
  ) -> [Result<[Transcript], any Error>] {
    let group = StreamGroup(recognizer)
    // A piece alone goes through the network in longer steps when no group waits for others.
    let isAlone = pieces.count == 1
    var hearings: [Hearing] = []
    do {
      hearings = try pieces.map { piece in
        Hearing(
          stream: try isAlone ? longStream() : group.makeRecordingStream(options: options),
          rest: piece[...])
      }
    } catch {
      return pieces.map { _ in .failure(error) }
    }
    while hearings.contains(where: { $0.result == nil }) {
      for index in hearings.indices {
        hearings[index].feed(RecognitionStream.pieceLength / pieces.count)
      }
      group.advance()
      for index in hearings.indices { hearings[index].finish(count: candidateCount) }
    }
    return hearings.compactMap(\.result)
  }

  /// A piece on its way through a stream.
  private struct Hearing {
    let stream: RecognitionStream
    var rest: ArraySlice<Int16>
    private(set) var result: Result<[Transcript], any Error>?

    init(stream: RecognitionStream, rest: ArraySlice<Int16>) {
      self.stream = stream
      self.rest = rest
    }

    /// Feeds the next `count` samples.
    mutating func feed(_ count: Int) {
      guard result == nil else { return }
      do {
        try stream.feed(int16: rest.prefix(count))
        rest = rest.dropFirst(count)
      } catch {
        result = .failure(error)
      }
    }

    /// Gets the `count` best transcripts, if all was fed.
    mutating func finish(count: Int) {
      guard result == nil, rest.isEmpty else { return }
      result = Result { try stream.finish(count: count) }
    }
  }
}
