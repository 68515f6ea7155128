package import ParlaNeuralNetwork

/// What suppliers, trainings and hooks get from the libraries above this one, and from the program.
package struct KurServices: Sendable {
  /// Reports notes to the user that are not errors.
  package var note: @Sendable (String) -> Void

  /// Unpacks the archive at a path into a folder, and returns the paths of its files.
  package var unpack: @Sendable (_ archive: String, _ folder: String) throws -> [String]

  /// Reads the tables of another toolkit's corpus: recordings with texts and durations in seconds.
  package var readTable: @Sendable (_ path: String) throws -> [SpeechEntry]

  /// The engine that trains a graph.
  package var makeEngine:
    @Sendable (Graph, EngineSnapshot, OptimizationMethod) throws -> any TrainingEngine

  /// The picture of curves over `axis` as SVG.
  package var chart: @Sendable (_ title: String, _ axis: String, [ChartCurve]) -> String?

  /// What a training says while it runs.
  package var console = KurConsole()

  /// The seed of `settings.seed`; nil without one.
  package var seed: UInt64?

  /// What takes the place of `seed` where there is none, so that a training continues as it began.
  package var sessionSeed: UInt64?

  /// What random numbers are drawn by.
  package var randomSeed: UInt64 { seed ?? sessionSeed ?? .random(in: .min ... .max) }

  /// The weights in use that a training made: then nothing may be learnt of how its features were normalised.
  package var trainedWeights: String?

  /// Where statistics wait that are learnt, until all else is found to be right; nil where they are written at once.
  var learntNormalizations: LearntNormalizations?

  /// Whether faults of Kur are reproduced that models may have been trained with.
  package var asKurDid = false

  /// Joins services.
  package init(
    note: @escaping @Sendable (String) -> Void = { _ in },
    unpack: @escaping @Sendable (_ archive: String, _ folder: String) throws -> [String],
    readTable: @escaping @Sendable (_ path: String) throws -> [SpeechEntry],
    makeEngine:
      @escaping @Sendable (Graph, EngineSnapshot, OptimizationMethod) throws ->
      any TrainingEngine,
    chart: @escaping @Sendable (_ title: String, _ axis: String, [ChartCurve]) -> String? = {
      _, _, _ in nil
    }, seed: UInt64? = nil
  ) {
    self.note = note
    self.unpack = unpack
    self.readTable = readTable
    self.makeEngine = makeEngine
    self.chart = chart
    self.seed = seed
  }
}

/// Receives the progress of a training.
package struct KurConsole: Sendable {
  /// A line of the result.
  package var say: @Sendable (String) -> Void = { _ in }

  /// A line for those who want to know more, the more the higher `level` is: 0 always, 1 for -v, 2 for -vv, 3 for -vvv.
  package var tell: @Sendable (_ level: Int, String) -> Void = { _, _ in }

  /// How many samples of an epoch are done.
  package var progress: @Sendable (String, _ done: Int, _ total: Int) -> Void = { _, _, _ in }

  /// Whether somebody asked to stop.
  package var isInterrupted: @Sendable () -> Bool = { false }

  /// Shows the batch that comes next, and waits until somebody wants it; nil for no waiting.
  package var waitForStep: (@Sendable (_ title: String, KurBatch) throws -> Void)?

  /// Standard input has ended, so that the next batch cannot be confirmed.
  package struct StepsEnded: Error, CustomStringConvertible {
    package init() {}
    package var description: String {
      "--step: standard input has ended, expected a line for each batch. Run it in a terminal, or without --step."
    }
  }

  /// Somebody asked to stop in the middle of a pass over data, whose result does not count.
  package struct Stopped: Error {}

  /// Silent by default.
  package init() {}

  /// - Throws: `Stopped`, if somebody asked to stop.
  func checkInterruption() throws { if isInterrupted() { throw Stopped() } }

  /// Waits before batch `number`, counted from 1, of what is called `name`; not without a name.
  func step(_ name: String?, _ number: Int, _ batch: KurBatch) throws {
    if let name { try waitForStep?("\(name), Batch \(number):", batch) }
  }
}

/// A curve of a picture.
package struct ChartCurve: Sendable, Equatable {
  /// What it shows.
  package var name: String
  /// Its points.
  package var points: [Point]

  /// A point of a curve.
  package struct Point: Sendable, Equatable {
    package var x: Double
    package var y: Double

    /// A point at `x` and `y`.
    package init(x: Double, y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// Names `points`.
  package init(_ name: String, _ points: [Point]) {
    self.name = name
    self.points = points
  }
}

/// A recording of a speech corpus.
package struct SpeechEntry: Sendable, Equatable {
  /// Its path, without the file's extension if the corpus does not contain it.
  package var path: String
  /// What is said, by the names of the texts.
  package var texts: [String: PythonValue]
  /// How long it is, in seconds.
  package var duration: Double

  /// Describes a recording with one text.
  package init(path: String, text: String, duration: Double) {
    self.path = path
    texts = ["text": .string(text)]
    self.duration = duration
  }

  init(path: String, texts: [String: PythonValue], duration: Double) {
    self.path = path
    self.texts = texts
    self.duration = duration
  }
}
