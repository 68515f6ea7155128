/// What stops a training, most of it before the long work starts.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// An option has an impossible value.
  case badSetting(name: String, found: String, expected: String)
  /// Recordings or transcripts cannot be used; each problem names its place.
  case badSamples(problems: [String], sampleCount: Int)
  /// Nothing is left to learn from.
  case noSamples(files: [String])
  /// The loss is no longer a number.
  case diverged(epoch: Int, step: Int, samples: [String])
  /// Not even one sample fits into memory.
  case tooLittleMemory(path: String, seconds: Double, needed: Int, limit: Int)

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .badSetting(let name, let found, let expected):
      return "\(name): found \(found), expected \(expected)."
    case .badSamples(let problems, let sampleCount):
      let shown = problems.prefix(10).map { "  \($0)" }.joined(separator: "\n")
      let more = problems.count > 10 ? "\n  … and \(problems.count - 10) more" : ""
      return """
        \(problems.count) of \(sampleCount) samples cannot be used:
        \(shown)\(more)
        Mend or remove their lines; `parla corpus check` lists them all.
        """
    case .noSamples(let files):
      return """
        \(files.joined(separator: ", ")): no sample is left that a model could learn from. \
        Check that recordings and transcripts belong together.
        """
    case .diverged(let epoch, let step, let samples):
      return """
        Epoch \(epoch), step \(step): the loss is no longer a number \
        (\(samples.prefix(3).joined(separator: ", "))). \
        Train on with a lower --learning-rate from the last checkpoint.
        """
    case .tooLittleMemory(let path, let seconds, let needed, let limit):
      return """
        \(path): a training step with this recording of \(Int(seconds.rounded())) s needs about \
        \(gibibytes(needed)), expected \(gibibytes(limit)) at most. Cut or leave out the longest \
        recordings, choose fewer --n-hidden, or allow more with --memory.
        """
    }
  }
}

/// An amount of memory for people.
func gibibytes(_ bytes: Int) -> String {
  let tenths = (10 * bytes + (1 << 29)) >> 30
  return tenths == 0 ? "\(bytes >> 20) MiB" : "\(tenths / 10).\(tenths % 10) GiB"
}
