import ParlaAcousticModel
import ParlaAudio
import ParlaFiles
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

@Suite struct InferenceModelTests {
  /// The label probabilities of `frames`, `stepLength` of them at a time.
  static func probabilities(
    of frames: FeatureMatrix, _ model: InferenceModel, stepLength: Int
  ) -> [Float] {
    let compute = Compute(threadCount: 1)
    var windows = ContextWindows(model.description.features)
    var state = InferenceModel.State()
    windows.append(frames)
    windows.finish()
    var values: [Float] = []
    while windows.count > 0 {
      values +=
        model.probabilities(
          of: &windows, count: min(stepLength, windows.count), state: &state, compute: compute
        ).values
    }
    return values
  }

  static func golden() throws -> (frames: FeatureMatrix, probabilities: [Float]) {
    let mfcc = try NumPyArray(path: Fixture.path("recognition/stream.mfcc.npy"))
    let frames = FeatureMatrix(
      frameCount: mfcc.shape[0], featureCount: mfcc.shape[1], values: mfcc.values)
    return (frames, try NumPyArray(path: Fixture.path("recognition/stream.probs.npy")).values)
  }

  @Test(arguments: [1, 16, 146]) func streamsAreHeardAsTheNativeClientHearsThem(
    stepLength: Int
  ) throws {
    let model = InferenceModel(
      try AcousticModel(anyFile: Fixture.path("recognition/output_graph.pb")))
    let (frames, expected) = try Self.golden()
    let found = Self.probabilities(of: frames, model, stepLength: stepLength)
    expectClose(found, expected, absolute: 1e-5)
  }
}
