import ParlaDescriptions

/// A way in which weights are averaged over a training: how far the average moves towards them.
///
/// The average is what is evaluated and exported. It smooths what single steps do: Polyak and Juditsky 1992; Izmailov et al. 2018.
protocol WeightAveraging: Sendable {
  /// The name of the kind in options, such as `ema`.
  static var kind: String { get }

  /// An averaging whose fields are read, and so declared, from `fields`.
  ///
  /// - Throws: `DescriptionProblem` for a field that is impossible.
  init(_ fields: inout FieldReader) throws(DescriptionProblem)

  /// The share by which the average moves after this many steps.
  func share(afterStep count: Int) -> Float

  /// The same at the end of `epoch`, counted from 1, of `epochCount`, when `averaged` ends of epochs were taken in.
  func share(afterEpoch epoch: Int, of epochCount: Int, averaged: Int) -> Float
}

/// `ema[decay=0.998]`: after each step the average keeps a share of itself, less in the first steps.
struct ExponentialAverage: WeightAveraging {
  static let kind = "ema"

  private let decay: Float

  init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    decay = try fields.number("decay", "the share that stays", above: 0, below: 1, default: 0.998)
  }

  func share(afterStep count: Int) -> Float {
    1 - min(decay, Float(1 + count) / Float(10 + count))
  }

  func share(afterEpoch epoch: Int, of epochCount: Int, averaged: Int) -> Float { 0 }
}

/// `mean[epochs=5]`: the mean of what the last epochs ended with.
struct MeanOfEpochs: WeightAveraging {
  static let kind = "mean"

  private let epochCount: Int

  init(_ fields: inout FieldReader) throws(DescriptionProblem) {
    epochCount = try fields.integer("epochs", "how many epochs count", in: 1...1 << 20, default: 5)
  }

  func share(afterStep count: Int) -> Float { 0 }

  func share(afterEpoch epoch: Int, of total: Int, averaged: Int) -> Float {
    epoch <= total - epochCount ? 1 : 1 / Float(averaged + 1)
  }
}

/// The kinds of averages that options may name; a new kind is one entry here.
enum WeightAverages {
  static let all: [any WeightAveraging.Type] = [ExponentialAverage.self, MeanOfEpochs.self]
}

extension TrainingConfiguration {
  /// How weights are averaged; nil for not at all.
  ///
  /// - Throws: `TrainingError.badSetting`.
  func weightAveraging() throws(TrainingError) -> (any WeightAveraging)? {
    guard let averaging = optimization.averaging else { return nil }
    do throws(DescriptionProblem) {
      let specification = try Specification(averaging)
      guard let type = WeightAverages.all.first(where: { $0.kind == specification.kind }) else {
        throw DescriptionProblem(
          found: "\"\(specification.kind)\"", expected: "an average",
          known: WeightAverages.all.map { $0.kind })
      }
      var reader = FieldReader(specification.fields)
      let average = try type.init(&reader)
      try reader.requireAllRead()
      return average
    } catch { throw TrainingError(error, option: "--average") }
  }
}
