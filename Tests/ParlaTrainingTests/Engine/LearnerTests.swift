import ParlaAcousticModel
import ParlaAudio
import ParlaModelDescription
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@testable import ParlaTraining

@Suite struct LearnerTests {
  static func learner(recomputes: Bool = false) throws -> Learner {
    let description = try ModelDescription.deepSpeech(
      labelCount: 29, settings: ["n_hidden": "16", "dropout_rate": "0.3"])
    let model = AcousticModel(
      description: description, alphabet: .english,
      parameters: Parameters(initializing: description.graph.parameters, seed: 3))
    var configuration = TrainingConfiguration(
      trainFiles: [], devFiles: [], checkpointFolder: "")
    // Steps that tell the gradient: Adam's are as long for small ones as for large ones.
    configuration.optimization.optimizer = .adam(epsilon: 1)
    configuration.batch.recomputes = recomputes
    return try Learner(model, configuration: configuration)
  }

  /// Sequences of different lengths with random features; `broken` have more labels than frames.
  static func batch(_ count: Int, broken: Set<Int> = []) -> [TrainingSample] {
    var generator = SeededGenerator(mixing: 1, 2)
    return (0..<count).map { number in
      let frames = 8 + 3 * number
      let values = (0..<frames * 26).map { _ in Float.random(in: -1...1, using: &generator) }
      let labels = [1, 2, Int32(3 + number)]
      return TrainingSample(
        audioPath: "\(number).wav", transcript: "abc",
        labels: broken.contains(number) ? Array(repeating: 1, count: frames) : labels,
        features: FeatureMatrix(frameCount: frames, featureCount: 26, values: values),
        seconds: 1)
    }
  }

  static func trained(
    _ batch: [TrainingSample], partCount: Int, recomputes: Bool = false
  ) throws -> (StepResult, Parameters) {
    var learner = try learner(recomputes: recomputes)
    let rates = try learner.model.parameters.tensors.map { _ in Float(1) }
    let result = try learner.train(
      on: batch[...], partCount: partCount, learningRates: rates, dropoutSeed: 5)
    return (result, try learner.model.parameters)
  }

  @Test(arguments: [2, 3, 6]) func aSplitBatchMakesTheStepOfTheWhole(partCount: Int) throws {
    let batch = Self.batch(6)
    let start = try Self.learner().model.parameters
    let (whole, expected) = try Self.trained(batch, partCount: 1)
    let (split, found) = try Self.trained(batch, partCount: partCount)
    expectClose(split.losses.map { Float($0) }, whole.losses.map { Float($0) }, relative: 1e-6)
    for index in start.tensors.indices {
      let before = start.tensors[index].values
      let step = zip(expected.tensors[index].values, before).map { $0 - $1 }
      let largest = step.map { abs($0) }.max() ?? 0
      #expect(largest > 0, "\(start.specifications[index].name) moves")
      expectClose(
        zip(found.tensors[index].values, before).map { $0 - $1 }, step, absolute: 1e-4 * largest)
    }
  }

  @Test func activationsComputedAgainMakeTheSameStep() throws {
    let batch = Self.batch(4)
    let (kept, expected) = try Self.trained(batch, partCount: 2)
    let (again, found) = try Self.trained(batch, partCount: 2, recomputes: true)
    #expect(again.losses == kept.losses)
    #expect(found == expected)
  }

  @Test func aSampleWithoutAFiniteLossIsLeftOutOfTheStep() throws {
    let (result, parameters) = try Self.trained(Self.batch(4, broken: [2]), partCount: 1)
    #expect(result.wasApplied)
    #expect(result.losses.map(\.isFinite) == [true, true, false, true])
    #expect(parameters.areFinite)
    var others = Self.batch(4)
    others.remove(at: 2)
    let (expected, expectedParameters) = try Self.trained(others, partCount: 1)
    #expect(parameters == expectedParameters)
    #expect(result.losses.filter(\.isFinite) == expected.losses)
  }

  @Test func withoutAnyFiniteLossNoStepIsMade() throws {
    let (result, parameters) = try Self.trained(Self.batch(2, broken: [0, 1]), partCount: 2)
    #expect(!result.wasApplied)
    #expect(result.losses.allSatisfy { !$0.isFinite })
    #expect(parameters == (try Self.learner().model.parameters))
  }

  @Test func aGradientThatIsNoNumberMakesNoStep() throws {
    var batch = Self.batch(2)
    var values = batch[1].features.values
    values[40] = .nan
    batch[1] = TrainingSample(
      audioPath: "nan.wav", transcript: "abc", labels: batch[1].labels,
      features: FeatureMatrix(
        frameCount: values.count / 26, featureCount: 26, values: values),
      seconds: 1)
    let (result, parameters) = try Self.trained(batch, partCount: 1)
    #expect(!result.wasApplied)
    #expect(parameters == (try Self.learner().model.parameters))
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity]) func notFiniteIsSeen(value: Float) throws {
    var parameters = try Self.learner().model.parameters
    #expect(parameters.areFinite)
    parameters.tensors[3][1] = -Float.greatestFiniteMagnitude
    #expect(parameters.areFinite)
    parameters.tensors[3][1] = value
    #expect(!parameters.areFinite)
  }
}
