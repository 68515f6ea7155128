import Foundation
import ParlaTestSupport
import Testing

@testable import ParlaKur

/// Sections none of whose recordings can be read.
@Suite struct KurEmptyDataTests {
  private func kurfile(_ folder: String, start: String = "utterance") throws -> Kurfile {
    let data =
      "[{speech_recognition: {path: \(folder)/package, normalization: \(folder)/norm.yml}}]"
    let text = """
      model:
        - input: utterance
        - recurrent: {size: 3, outer_activation: tanh}
        - parallel: {apply: [{dense: 30}]}
        - activation: softmax
        - output: asr
      train: {data: \(data), stop_when: {epochs: 1}, weights: {last: \(folder)/w}}
      test: {data: \(data), weights: \(folder)/w}
      evaluate: {data: \(data), weights: \(folder)/w, destination: \(folder)/out.pkl}
      loss:
        - {name: ctc, target: asr, input_length: utterance_length, relative_to: \(start), output: transcript, output_length: transcript_length}
      """
    let path = folder + "/k.yml"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    var kurfile = try Kurfile(path: path)
    try kurfile.evaluate(KurEngine(path: path))
    return kurfile
  }

  @Test func nothingOfUseIsAnError() throws {
    try SupplierFolder.with { folder in
      let kurfile = try kurfile(folder.path)
      let (conventions, services) = (try KurConventions(kurfile), KurServices.none(seed: 1))
      var training = try KurTraining(kurfile, conventions, now: { 0 }, services)
      let passes: [(section: String, run: () throws -> Void)] = [
        ("train", { _ = try training.run() }),
        ("test", { try KurTesting.test(kurfile, conventions, services) }),
        ("evaluate", { try KurTesting.evaluate(kurfile, conventions, services) }),
      ]
      for (section, run) in passes {
        let error = #expect(throws: KurError.self) { try run() }
        #expect(error?.description.hasPrefix("\(section).data: found no sample") == true)
      }
      #expect(!FileManager.default.fileExists(atPath: folder.path + "/out.pkl"))
    }
  }

  @Test func lengthsAreThoseOfALayerThatIsThere() throws {
    try withTemporaryFolder { folder in
      let kurfile = try kurfile(folder, start: "uterance")
      let error = #expect(throws: KurError.self) { try KurLoss.all(kurfile, outputs: ["asr"]) }
      #expect(error?.description.contains("did you mean utterance?") == true)
    }
  }
}
