import Foundation
import ParlaTestSupport
import Testing

/// What a Kurfile and its model are to other commands than Kur's.
@Suite struct KurAlphabetTests {
  private func kurfile(_ folder: String, vocab: String, initial: String = "w") throws -> String {
    let text = """
      model:
        - input: utterance
        - convolution: {kernels: 4, size: 3, strides: 2, border: valid}
        - parallel: {apply: [{dense: 4}]}
        - activation: softmax
        - output: asr
      train:
        data: [{speech_recognition: {path: \(folder)/train.csv, max_frequency: 4000, normalization: \(folder)/norm.yml, \(vocab)}}]
        weights: {initial: \(folder)/\(initial), last: \(folder)/w}
        stop_when: {epochs: 0}
      loss:
        - {name: ctc, target: asr, input_length: utterance_length, relative_to: utterance, output: transcript, output_length: transcript_length}
      """
    let path = folder + "/speech.yml"
    try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    return path
  }

  private func run(_ line: String, _ folder: String) throws -> CommandResult {
    try RunningCommand(
      line.replacing("@", with: folder + "/").split(separator: " ").map(String.init)
    ).finish()
  }

  @Test func kurfilesAndModelsAreAlphabets() throws {
    try withTemporaryFolder { folder in
      let corpus = ToneCorpus(folder: folder, letters: "ab")
      try corpus.write("train", count: 6, seed: 1)
      try Data("ab ba\nab\nba ab\n".utf8).write(to: URL(fileURLWithPath: folder + "/text"))
      _ = try kurfile(folder, vocab: "vocab: [b, \" \", a]")
      try Data("b\n \na\n".utf8).write(to: URL(fileURLWithPath: folder + "/alphabet.txt"))
      #expect(try run("kur train @speech.yml", folder).status == 0)
      for line in [
        "export --checkpoint-dir @speech.yml --export-dir @model --format safetensors,onnx",
        "scorer build --text @text --alphabet @alphabet.txt --output @expected.scorer",
      ] { #expect(try run(line, folder).status == 0, "\(line)") }
      let expected = try Data(contentsOf: URL(fileURLWithPath: folder + "/expected.scorer"))
      for source in ["speech.yml", "model/model.safetensors", "model/model.onnx"] {
        let built = try run(
          "scorer build --text @text --alphabet @\(source) --output @a.scorer", folder)
        #expect(built.status == 0, "\(source): \(built.errors)")
        #expect(
          try Data(contentsOf: URL(fileURLWithPath: folder + "/a.scorer")) == expected, "\(source)")
        let checked = try run("corpus check @train.csv --alphabet @\(source)", folder)
        #expect(checked.status == 0, "\(source): \(checked.output)")
      }
      // Without `vocab`, the symbols are those of the transcripts, and the sound is not looked at.
      try FileManager.default.removeItem(atPath: folder + "/norm.yml")
      _ = try kurfile(folder, vocab: "key: text")
      let trained = try run(
        "train --train-files @train.csv --alphabet @speech.yml --n-hidden 4 --epochs 1 --checkpoint-dir @own",
        folder)
      #expect(trained.status == 0, "\(trained.errors)")
      let alphabet = try String(contentsOfFile: folder + "/own/alphabet.txt", encoding: .utf8)
      #expect(alphabet.split(separator: "\n").filter { !$0.hasPrefix("#") } == [" ", "a", "b"])
      #expect(!FileManager.default.fileExists(atPath: folder + "/norm.yml"))
    }
  }

  @Test func kurfilesAreExportedBeforeTheyAreModels() throws {
    try withTemporaryFolder { folder in
      try ToneCorpus(folder: folder, letters: "ab").write("train", count: 2, seed: 1)
      let path = try kurfile(folder, vocab: "vocab: [a, b]")
      for line in [
        "model inspect @speech.yml",
        "train --train-files @train.csv --load-checkpoint-dir @speech.yml --save-checkpoint-dir @own --epochs 1",
      ] {
        let result = try run(line, folder)
        #expect(result.status != 0)
        #expect(
          result.errors.contains("parla export --checkpoint-dir \(path) --export-dir model"),
          "\(result.errors)")
      }
    }
  }

  @Test func anotherFormOfOnnxInTheSamePlaceIsTold() throws {
    try withTemporaryFolder { folder in
      try ToneCorpus(folder: folder, letters: "ab").write("train", count: 4, seed: 1)
      _ = try kurfile(folder, vocab: "vocab: [b, \" \", a]")
      #expect(try run("kur train @speech.yml", folder).status == 0)
      let export = "export --checkpoint-dir @speech.yml --export-dir @model --format onnx"
      for (form, isTold) in [("", false), ("pieces", false), ("whole", true), ("whole", false)] {
        let result = try run(export + (form.isEmpty ? "" : " --onnx-form \(form)"), folder)
        #expect(result.status == 0, "\(result.errors)")
        #expect(
          result.errors.contains("was a model for recordings in pieces, and is one for whole")
            == isTold, "\(form): \(result.errors)")
      }
    }
  }
}
