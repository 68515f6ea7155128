import Foundation
import ParlaFiles
import ParlaTestSupport
import Testing

/// Kurfiles are trained, tested and evaluated as people type it.
@Suite struct KurTrainingTests {
  private func kurfile(_ folder: String) -> String {
    """
    settings:
      seed: 5
      clips: &clips {max_frequency: 4000, normalization: \(folder)/norm.yml, vocab: [" ", a, b, c, d]}
    model:
      - input: utterance
      - convolution: {kernels: 8, size: 5, strides: 2, border: valid}
      - activation: relu
      - recurrent: {size: 8, type: gru, outer_activation: tanh}
        name: memory
      - parallel: {apply: [{dense: 6}]}
      - activation: softmax
      - output: asr
    train:
      data: [{speech_recognition: {<<: *clips, path: \(folder)/train.csv}}]
      provider: {batch_size: 4, sortagrad: duration}
      weights: {initial: \(folder)/w, last: \(folder)/w}
      checkpoint: {path: "\(folder)/at.${BATCH}", batches: 2}
      log: \(folder)/log
      stop_when: {epochs: 2}
      optimizer: {name: adam, learning_rate: 0.01}
      hooks: [{plot: {loss_per_batch: \(folder)/loss.png}}]
    validate: &check
      data: [{speech_recognition: {<<: *clips, path: \(folder)/dev.csv}}]
      weights: \(folder)/best
      hooks: [transcript]
    test: *check
    evaluate:
      data: [{speech_recognition: {<<: *clips, path: \(folder)/dev.csv}}]
      weights: \(folder)/best
      destination: {path: \(folder)/out.npz, format: npz}
    loss:
      - {name: ctc, target: asr, input_length: utterance_length, relative_to: utterance, output: transcript, output_length: transcript_length}
    """
  }

  @Test func aKurfileIsTrainedAndContinued() throws {
    try withTemporaryFolder { folder in
      let corpus = ToneCorpus(folder: folder)
      try corpus.write("train", count: 8, seed: 1)
      try corpus.write("dev", count: 3, seed: 2)
      try write(kurfile(folder), to: folder + "/k.yml")
      try FileManager.default.createDirectory(
        atPath: folder + "/plugins", withIntermediateDirectories: true)
      try write("#!/bin/sh\ncat >> '\(folder)/events'\n", to: folder + "/plugins/listen")
      try FileManager.default.setAttributes(
        [.posixPermissions: 0o755], ofItemAtPath: folder + "/plugins/listen")

      let first = try runCommand(
        "kur", "-v", "--plugin", folder + "/plugins", "train", folder + "/k.yml")
      #expect(first.status == 0, "\(first.errors)")
      #expect(first.output.contains("\nPrediction: \""))
      #expect(first.output.contains("\nTruth: \""))
      #expect(first.output.hasSuffix("Completed 2 epochs.\n"))
      #expect(first.errors.contains("[INFO] No previous epochs."))
      #expect(first.errors.contains("Epoch 2/2, loss="))
      for name in ["w", "best", "at.2", "at.4", "log/summary.yml", "norm.yml"] {
        #expect(FileManager.default.fileExists(atPath: folder + "/" + name), "\(name)")
      }
      // Without rsvg-convert a picture is drawn all the same.
      let pictures = try FileManager.default.contentsOfDirectory(atPath: folder)
      #expect(!pictures.filter { ["loss.png", "loss.svg"].contains($0) }.isEmpty)
      let events = try String(contentsOfFile: folder + "/events", encoding: .utf8)
        .split(separator: "\n").map(String.init)
      // The start, the validation's text and the end of each epoch, the end.
      #expect(events.count == 6)
      #expect(events.count { $0.contains("\"prediction\"") } == 2)
      #expect(events.first?.contains("\"training_start\"") == true)
      #expect(events.last?.contains("\"training_end\"") == true)

      let second = try runCommand("kur", "-v", "train", folder + "/k.yml")
      #expect(second.status == 0, "\(second.errors)")
      #expect(second.errors.contains("[INFO] Restarting from epoch 3."))
      #expect(second.output.hasSuffix("Completed 4 epochs.\n"))

      let test = try runCommand("kur", "-v", "test", folder + "/k.yml")
      #expect(test.status == 0 && test.errors.contains("[INFO] Test loss: "), "\(test.errors)")
      let evaluated = try runCommand("kur", "evaluate", folder + "/k.yml")
      #expect(evaluated.status == 0, "\(evaluated.errors)")
      let outputs = try NumPyArchive(path: folder + "/out.npz")
      #expect(outputs["asr"]?.shape.first == 3)
      #expect(outputs["asr"]?.shape.last == 6)
    }
  }

  @Test func statusesAreThoseOfKur() throws {
    #expect(try runCommand("kur").status == 1)
    #expect(try runCommand("kur", "frobnicate", "k.yml").status == 2)
    let misspelt = try runCommand("kur", "-v", "--plugin", "p", "trian", "k.yml")
    #expect(misspelt.status == 2)
    #expect(misspelt.errors.contains("no command is called \"trian\". Did you mean train?"))
    #expect(try runCommand("kur", "train", "--no-such-option", "k.yml").status == 2)
    let missing = try runCommand("kur", "train", "/nowhere/absent.yml")
    #expect(missing.status == 1)
    #expect(missing.errors.contains("/nowhere/absent.yml"))
  }

  @Test func aCorpusThatIsNotThereIsNamed() throws {
    try withTemporaryFolder { folder in
      try write(kurfile(folder), to: folder + "/k.yml")
      let result = try runCommand("kur", "train", folder + "/k.yml")
      #expect(result.status == 1)
      #expect(
        result.errors.contains("train.data[0].speech_recognition.path: found \(folder)/train.csv"))
    }
  }

  private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
  }
}
