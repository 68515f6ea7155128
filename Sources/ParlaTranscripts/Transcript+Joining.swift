extension Transcript {
  /// The text recognised in one piece of a recording.
  public struct Piece: Sendable {
    /// The piece's transcripts, best first.
    public let candidates: [Transcript]

    /// The frame of the recording at which the piece starts.
    public let startFrame: Int

    /// Makes a piece that starts at the recording's frame `startFrame`.
    public init(candidates: [Transcript], startFrame: Int) {
      self.candidates = candidates
      self.startFrame = startFrame
    }
  }

  /// The `count` best transcripts of a recording from those of its pieces, in order, best first.
  ///
  /// The pieces are independent: a transcript of the whole takes one of each, and its logarithmic
  /// probability is their sum. Pieces are divided by the space `spaceLabel`, if there is one.
  public static func joining(
    _ pieces: [Piece], spaceLabel: Int?, secondsPerFrame: Double, count: Int = 1
  ) -> [Transcript] {
    var best = [Transcript(text: "", words: [], naturalLogProbability: 0)]
    for piece in pieces {
      let delayed = piece.candidates.map {
        $0.delayed(frames: piece.startFrame, secondsPerFrame: secondsPerFrame)
      }
      guard !delayed.isEmpty else { continue }
      // Of two sorted lists, only pairs whose places multiply to at most `count` can be among the best.
      let pairs = best.enumerated().flatMap { place, first in
        delayed.prefix(max(1, count / (place + 1))).map { (first, $0) }
      }
      let ranked = pairs.sorted {
        $0.0.naturalLogProbability + $0.1.naturalLogProbability
          > $1.0.naturalLogProbability + $1.1.naturalLogProbability
      }
      best = ranked.prefix(count).map { first, second in
        first.followed(by: second, at: piece.startFrame, spaceLabel: spaceLabel)
      }
    }
    return best
  }

  private func delayed(frames: Int, secondsPerFrame: Double) -> Transcript {
    guard frames > 0 else { return self }
    let seconds = Double(frames) * secondsPerFrame
    return Transcript(
      text: text,
      words: words.map {
        Word(
          text: $0.text, start: $0.start + seconds, end: $0.end + seconds,
          confidence: $0.confidence)
      },
      tokens: tokens.map { Token(label: $0.label, frame: $0.frame + frames) },
      naturalLogProbability: naturalLogProbability)
  }

  private func followed(by next: Transcript, at frame: Int, spaceLabel: Int?) -> Transcript {
    let isDivided = spaceLabel != nil && !text.isEmpty && !next.text.isEmpty
    var tokens = tokens
    if isDivided, let spaceLabel, !tokens.isEmpty {
      tokens.append(Token(label: spaceLabel, frame: max(frame, tokens.last?.frame ?? 0)))
    }
    return Transcript(
      text: text + (isDivided ? " " : "") + next.text, words: words + next.words,
      tokens: tokens + next.tokens,
      naturalLogProbability: naturalLogProbability + next.naturalLogProbability)
  }
}
