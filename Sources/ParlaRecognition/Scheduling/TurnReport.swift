/// The work of a turn of a `StreamScheduler`, and its load.
public struct TurnReport: Sendable, Equatable {
  /// How long the turn took, in seconds on the wall.
  public let seconds: Double

  /// How many live streams had the turn.
  public let streamCount: Int

  /// How many pieces of recordings had the turn.
  public let pieceCount: Int

  /// How many frames went through the network.
  public let frameCount: Int

  /// The number of live streams.
  public let openStreamCount: Int

  /// The number of recordings, including waiting ones.
  public let openRecordingCount: Int

  /// The maximum number of seconds of sound pending in a live stream after the turn: more than a step's length repeatedly means that
  /// sound arrives faster than it can be recognised.
  public let secondsWaiting: Double
}
