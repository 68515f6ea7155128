import Foundation
import ParlaAcousticModel
import ParlaAudio
import ParlaDecoding
import ParlaFiles
import ParlaModelExchange
import ParlaNeuralNetwork
import ParlaTestSupport
import ParlaTranscripts
import Testing

/// The results of DeepSpeech's native client, from features on.
@Suite struct NativeClientTests {
  struct Run: Decodable {
    struct Candidate: Decodable {
      let confidence: Double
      let text: String
      let frames: [Int]
    }

    let beamWidth: Int
    let candidates: [Candidate]
  }

  @Test func candidatesAreThoseOfTheNativeClient() throws {
    let model = try InferenceModel(
      path: Fixture.path("recognition/output_graph.pb"), precision: .float32,
      readers: ModelReader.all)
    let mfcc = try NumPyArray(path: Fixture.path("recognition/stream.mfcc.npy"))
    let data = try Data(
      contentsOf: URL(fileURLWithPath: Fixture.path("recognition/native.json")))
    for run in try JSONDecoder().decode([Run].self, from: data) {
      let decoder = BeamSearchDecoder(beamWidth: run.beamWidth)
      var search = decoder.begin(labelCount: model.alphabet.labelCount)
      var windows = ContextWindows(model.description.features)
      var states = [InferenceModel.State()]
      windows.append(
        FeatureMatrix(frameCount: mfcc.shape[0], featureCount: 26, values: mfcc.values))
      windows.finish()
      while windows.count > 0 {
        let count = min(16, windows.count)
        let probabilities = model.probabilities(
          of: [windows.take(count)], counts: [count], states: &states,
          compute: Compute(threadCount: 1))
        search.step(probabilities[0])
      }
      let found = search.candidates(run.candidates.count)
      #expect(
        found.map { model.alphabet.decode($0.tokens.map(\.label)) } == run.candidates.map(\.text))
      #expect(found.map { $0.tokens.map(\.frame) } == run.candidates.map(\.frames))
      expectClose(
        found.map { Float($0.naturalLogProbability) },
        run.candidates.map { Float($0.confidence) }, absolute: 1e-3)
    }
  }
}
