public import ParlaFiles

/// Errors that stop a training, most of them before the long work starts.
public enum TrainingError: DescribedError, Equatable {
  /// An option has an impossible value.
  case badSetting(name: String, found: String, expected: String)
  /// Recordings or transcripts cannot be used; each problem names its place. A training `canSkip` them.
  case badSamples(problems: [String], sampleCount: Int, canSkip: Bool)
  /// Most transcripts are in another language than the alphabet.
  case foreignTranscripts(ForeignTranscripts)
  /// No usable sample is left.
  case noSamples(files: [String])
  /// An option names a layer that the network does not have.
  case unknownLayer(option: String, name: String, nearest: String, layers: [String])
  /// The model to start from lacks a layer that is to be copied.
  case sourceWithoutLayer(path: String, layer: String, found: [String])
  /// The model to start from has a layer of another size.
  case sourceOfOtherSize(
    path: String, layer: String, parameter: String, found: [Int], expected: [Int])
  /// The labels of the model to start from are unknown, though its outputs are to be copied by label.
  case sourceWithoutAlphabet(path: String, labelCount: Int)
  /// The model to start from takes other features.
  case sourceWithOtherFeatures(path: String, found: String, expected: String)
  /// The loss is no longer a number.
  case diverged(epoch: Int, step: Int, samples: [String])
  /// A process that works with others has different weights.
  case otherWeights(process: String, step: Int)
  /// A process that works with others has different CSVs.
  case otherSamples(process: String, files: [String])
  /// Not even the weights and their training state fit into memory.
  case largeNetwork(weightCount: Int, needed: Int, limit: Int)
  /// Not even one sample fits into memory.
  case tooLittleMemory(path: String, seconds: Double, needed: Int, limit: Int)

  /// Place, what was found, what was expected, what to do.
  public var description: String {
    switch self {
    case .badSetting(let name, let found, let expected):
      return "\(name): found \(found), expected \(expected)."
    case .foreignTranscripts(let found): return found.description
    case .badSamples(let problems, let sampleCount, let canSkip):
      let limit = 100
      let shown = problems.prefix(limit).map { "  \($0)" }.joined(separator: "\n")
      let more =
        problems.count > limit
        ? "\n  … and \(problems.count - limit) more; `parla corpus check --json` lists them all"
        : ""
      return """
        \(problems.count) of \(counted(sampleCount, "sample")) cannot be used:
        \(shown)\(more)
        Fix or remove their lines\(canSkip ? ", or pass --skip-bad-samples" : "").
        """
    case .noSamples(let files):
      return """
        \(files.joined(separator: ", ")): no usable sample is left. \
        Check that recordings and transcripts match.
        """
    case .unknownLayer(let option, let name, let nearest, let layers):
      return """
        \(option): found \(name), expected one of the layers \(layers.joined(separator: ", ")). \
        Did you mean \(nearest)?
        """
    case .sourceWithoutLayer(let path, let layer, let found):
      return """
        \(path): found the layers \(found.joined(separator: ", ")), expected one named \(layer). \
        Reinitialise it with --drop-layers \(layer).
        """
    case .sourceOfOtherSize(let path, let layer, let parameter, let found, let expected):
      return """
        \(path): its \(parameter) has shape \(found), the requested network needs \(expected). \
        Leave out --n-hidden to train with the widths of the model, or reinitialise the layer \
        with --drop-layers \(layer).
        """
    case .sourceWithoutAlphabet(let path, let labelCount):
      return """
        \(path): found no alphabet of its \(labelCount) labels, expected one to match the outputs by label. Pass \
        it with --source-alphabet, or reinitialise the last layer with --drop-source-layers 1.
        """
    case .sourceWithOtherFeatures(let path, let found, let expected):
      return """
        \(path): the model takes \(found), the requested network \(expected). Train with the \
        features of the model, or reinitialise the first layer with --drop-layers.
        """
    case .diverged(let epoch, let step, let samples):
      return """
        Epoch \(epoch), step \(step): the loss is no longer a number \
        (\(samples.prefix(3).joined(separator: ", "))). \
        Continue with a lower --learning-rate from the last checkpoint.
        """
    case .otherWeights(let process, let step):
      return """
        \(process) found other weights than the first process after step \(step), expected the same. All \
        hosts need the same version of Parla and processors of one kind; resume the training from its last checkpoint.
        """
    case .otherSamples(let process, let files):
      return """
        \(process) found other samples in \(files.joined(separator: ", ")) than the first process, expected the \
        same. All hosts need the same CSVs at the same paths: copy those of the first host.
        """
    case .largeNetwork(let weightCount, let needed, let limit):
      return """
        The requested network has \(weightCount) weights: training it needs about \
        \(gibibytes(needed)), expected \(gibibytes(limit)) at most. Choose a smaller --n-hidden or \
        smaller layers, or allow more with --memory.
        """
    case .tooLittleMemory(let path, let seconds, let needed, let limit):
      return """
        \(path): a training step with this recording of \(Int(seconds.rounded())) s needs about \
        \(gibibytes(needed)), expected \(gibibytes(limit)) at most. Cut or remove the longest \
        recordings, choose fewer --n-hidden, or allow more with --memory.
        """
    }
  }
}

/// An amount of memory for people.
func gibibytes(_ bytes: Int) -> String {
  guard bytes >= 1 << 20 else { return "\((bytes + 1023) >> 10) KiB" }
  let tenths = (10 * (bytes >> 20) + 512) >> 10
  return tenths == 0 ? "\(bytes >> 20) MiB" : "\(tenths / 10).\(tenths % 10) GiB"
}
