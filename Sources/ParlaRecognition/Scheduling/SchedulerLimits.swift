/// The limits of a `StreamScheduler`.
public struct SchedulerLimits: Sendable, Equatable {
  /// How many live streams there may be; nil for any number.
  ///
  /// One more is refused.
  public var streams: Int?

  /// How many recordings may be there at a time, those that wait included; nil for any number.
  ///
  /// One more is refused. In any case, only a few of them are read at a time.
  public var recordings: Int?

  /// How many seconds of sound may be pending in a live stream before feeding it suspends.
  public var secondsWaiting: Double

  /// Any number of streams and recordings, and ten seconds.
  public init(streams: Int? = nil, recordings: Int? = nil, secondsWaiting: Double = 10) {
    precondition(secondsWaiting >= 0, "secondsWaiting is a length")
    self.streams = streams
    self.recordings = recordings
    self.secondsWaiting = secondsWaiting
  }
}
