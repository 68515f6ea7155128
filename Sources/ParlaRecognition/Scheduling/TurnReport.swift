/// What was done in a turn of a `StreamScheduler`, and how busy it is.
public struct TurnReport: Sendable, Equatable {
  /// How long the turn took, in seconds on the wall.
  public let seconds: Double

  /// How many live streams had the turn.
  public let streamCount: Int

  /// How many pieces of recordings had the turn.
  public let pieceCount: Int

  /// How many frames went through the network.
  public let frameCount: Int

  /// How many live streams there are.
  public let openStreamCount: Int

  /// How many recordings there are, those that wait included.
  public let openRecordingCount: Int

  /// The most seconds of sound that wait in a live stream after the turn: more than a step's length again and again says that
  /// sound comes faster than it can be recognised.
  public let secondsWaiting: Double
}
