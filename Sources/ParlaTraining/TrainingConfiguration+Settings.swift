package import ParlaAcousticModel
public import ParlaModelExchange
public import ParlaNeuralNetwork
public import ParlaTranscripts

/// The settings by what they concern.
extension TrainingConfiguration {
  /// What a training learns from and is measured on, and what its texts are written in.
  public struct CorpusSettings: Sendable {
    /// CSVs of the recordings to learn from.
    public var trainFiles: [String] = []

    /// CSVs of the recordings that measure the model after each epoch; may be empty.
    public var devFiles: [String] = []

    /// CSVs of recordings that are measured after each epoch and decide nothing; may be empty.
    public var metricsFiles: [String] = []

    /// How many of the shortest recordings are trained on; 0 for all.
    public var trainLimit: Int = 0

    /// The power of its seconds that each CSV counts with, from 0, where all count alike, to 1; nil for 1.
    ///
    /// Recordings of those that count for more than they have come several times in an epoch.
    public var balance: Double?

    /// How many of the shortest recordings of the development set are evaluated; 0 for all.
    public var devLimit: Int = 0

    /// Whether recordings that cannot be read are skipped; otherwise they end the training before it starts.
    public var skipsBadSamples: Bool = false

    /// Whether characters of transcripts that look alike become one, and invisible ones nothing.
    public var normalizesTranscripts: Bool = false

    /// The alphabet's file; without one the alphabet is the checkpoint's, or made of the transcripts' characters.
    public var alphabetPath: String?

    /// The alphabet of `alphabetPath`, where it was read already: there it may be a model's.
    public var alphabet: Alphabet?

    /// Whether the labels are the bytes of UTF-8 instead of an alphabet's characters.
    public var writesBytes: Bool = false

    /// Further CSVs whose transcripts' characters the alphabet must cover, such as those of the test.
    public var furtherAlphabetFiles: [String] = []

    /// The defaults.
    public init() {}
  }

  /// The network that learns.
  public struct NetworkSettings: Sendable {
    /// The model's description: a preset's name, or a file; nil for DeepSpeech's.
    public var descriptionPath: String?

    /// Settings of the description in place of its own, such as `n_hidden`.
    public var settings: [String: String] = [:]

    /// What those who chose a setting call it, such as `--n-hidden`, where that is not its name.
    public var settingOrigins: [String: String] = [:]

    /// Whether the output of each activation is normalised, in DeepSpeech's network.
    public var normalizesLayers: Bool = false

    /// The defaults.
    public init() {}
  }

  /// Where a training starts that has no checkpoint of its own.
  public struct StartSettings: Sendable {
    /// A model or a folder of checkpoints, Parla's or TensorFlow's, that a training without a checkpoint of its own starts from.
    public var modelPath: String?

    /// Which of several checkpoints is started from.
    public var checkpoint: StartingPoint = .auto

    /// Which of its layers are copied.
    public var transfer = TransferSettings()

    /// The defaults.
    public init() {}
  }

  /// How recordings become steps, and what they need on the way.
  public struct BatchSettings: Sendable {
    /// How many recordings make one step.
    public var size: Int = 16

    /// How many seconds of sound make one step, silence that fills up shorter recordings included; nil counts recordings.
    public var seconds: Double?

    /// Into how many parts each batch is cut at least, which go through the network one after another and make one step together.
    public var partCount: Int = 1

    /// Whether activations are computed again in the backward pass instead of kept.
    public var recomputes: Bool = false

    /// How many recordings of the development set go through the network together; nil for as many as in training.
    public var devSize: Int?

    /// Whether the first epoch goes from long to short.
    public var startsWithLongest: Bool = false

    /// How recordings are changed each time they are trained on, as DeepSpeech specifies it: `pitch[p=0.1,pitch=1~0.2]`.
    public var augmentations: [String] = []

    /// A folder that keeps features for further runs; nil keeps them in memory, as far as there is room.
    public var featureCacheFolder: String?

    /// How many bytes of memory the training may take; nil for four fifths of what is free.
    public var memoryLimit: Int?

    /// The defaults.
    public init() {}
  }

  /// How gradients become steps of the weights.
  public struct OptimizationSettings: Sendable {
    /// How gradients become steps.
    public var optimizer: OptimizationMethod = .adam()

    /// Length of a step of the optimiser.
    public var learningRate: Float = 0.001

    /// Whether a resumed training uses `learningRate` instead of the rate in its checkpoint.
    public var restartsLearningRate: Bool = false

    /// The norm of all gradients together that is never exceeded: longer ones are shortened; nil for no limit.
    public var gradientNormLimit: Double?

    /// How the learning rate changes, such as `cosine` or `annealing[factor=0.9]`; several are multiplied.
    public var schedules: [String] = []

    /// When to lower the learning rate, and by what factor; nil for never.
    public var plateau: Plateau?

    /// Over how many steps the learning rate rises to its full length.
    public var warmUpSteps: Int = 0

    /// How weights are averaged, such as `ema[decay=0.998]`; nil for not at all.
    ///
    /// The average is what is evaluated and exported.
    public var averaging: String?

    /// How fast each layer learns, where it is not as fast as the others.
    public var layerLearning = LayerLearning()

    /// The seed of random numbers: weights, order of batches, dropout.
    public var seed: UInt64 = 4568

    /// The defaults.
    public init() {}
  }

  /// How long a training lasts, and which of its epochs has the best model.
  public struct EpochSettings: Sendable {
    /// How often all recordings are gone through.
    public var count: Int = 75

    /// After how many seconds the training ends, whatever epoch it is in; nil for no such end.
    public var timeLimit: Double?

    /// When to stop before the last epoch; nil for never.
    public var earlyStopping: Patience?

    /// Which of the epochs' models is the best.
    ///
    /// The loss is lowest long before the text is best: English of 80 minutes, 37 epochs, had a CER of 27.1 % on held-out
    /// recordings with the model of the lowest loss, and 23.5 % with that of the last epoch.
    public var bestBy: Criterion = .cer

    /// The defaults.
    public init() {}
  }

  /// Which parts of a training are saved, and how often.
  public struct CheckpointSettings: Sendable {
    /// The folder for checkpoints; a training that finds one there resumes from it.
    public var folder: String = ""

    /// How many seconds may be lost when the machine fails.
    public var seconds: Double = 120

    /// How many steps may be lost; nil when only time counts.
    public var steps: Int?

    /// How many of the newest checkpoints are kept, in addition to the best.
    public var keptCount: Int = 2

    /// The defaults.
    public init() {}
  }

  /// The engine that computes.
  public struct HardwareSettings: Sendable {
    /// The engine's name: `cpu`, or `torch` for graphics cards by libtorch.
    public var engine: String = "cpu"

    /// Where, for engines that have a choice: `cuda`, `cuda:1`, `cpu`; empty for the engine's own.
    public var device: String = ""

    /// Where the library may be that joins Parla with libtorch; the first that is there is loaded.
    public var torchLibraryPaths: [String] = []

    /// How many threads compute.
    public var threadCount: Int = 1

    /// How exact the operands of matrix products are.
    public var precision: Precision = .auto

    /// The defaults.
    public init() {}
  }

  /// The files that a training writes in addition to checkpoints.
  public struct OutputSettings: Sendable {
    /// What the model is to be exported as, so that what a format cannot carry is found before the training.
    public var exportFormats: [ModelFormat] = []

    /// How a model of ONNX is to take recordings; nil for the usual way.
    public var onnxForm: ONNXForm?

    /// Where files for TensorBoard are written; nil for `summaries` in the folder of the checkpoints.
    public var summaryFolder: String?

    /// How many samples of the development set are shown after each epoch.
    public var exampleCount: Int = 3

    /// The defaults.
    public init() {}
  }
}

extension TrainingConfiguration.NetworkSettings {
  /// `error` as those know it who chose the settings.
  package func naming(_ error: ModelError) -> ModelError {
    guard case .badSetting(let name, let found, let expected) = error,
      let origin = settingOrigins[name]
    else { return error }
    return .badSetting(name: origin, found: found, expected: expected)
  }
}
