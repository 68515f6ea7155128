import ArgumentParser
import ParlaMPI

/// The program `parla`.
@main
struct Parla: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parla",
    abstract: "Train speech recognisers and transcribe with them.",
    discussion: """
      From recordings to text:

        parla import asterisk tuxpaint --language ru --output corpus
        parla train --train-files corpus/train.csv --dev-files corpus/dev.csv \\
          --network streaming --epochs 60 --batch-size 8 \\
          --checkpoint-dir checkpoints --export-dir model
        parla evaluate --model model/model.safetensors --test-files corpus/test.csv
        parla transcribe --model model/model.safetensors recording.wav

      A scorer (parla scorer build) adds a language model to the beam search. DeepSpeech's spellings of \
      options, such as --train_files, work as well.
      """,
    version: BuildDescription.current.text,
    subcommands: [
      Import.self, CorpusCommand.self, Train.self, Evaluate.self, Export.self, Transcribe.self,
      Listen.self, Serve.self, Align.self,
      Features.self, Decode.self, ModelCommand.self, LanguageModelCommand.self,
      ScorerCommand.self, KurCommand.self, Doctor.self,
    ])

  /// Parses what was typed, in DeepSpeech's spelling or ours, and runs it.
  static func main() {
    Heap.keepFreedMemory()
    StandardStreams.watch()
    Interrupts.answer()
    MPILauncher.silenceOthers()
    do {
      try ArgumentText.check()
      let typed = Array(CommandLine.arguments.dropFirst())
      let arguments = OptionSpelling.normalized(
        try FlagFile.expanded(typed) { Terminal.note($0) })
      let spelled = try KenLMSpelling.translated(arguments) { Terminal.note($0) }
      let translated = try OptionSpelling.translated(spelled) { Terminal.note($0) }
      OptionEffects.notes(translated).forEach(Terminal.note)
      if translated.first == KurCommand.configuration.commandName {
        KurCommand.main(as: translated)
      }
      try CommandNames.check(translated, of: Parla.self)
      var command = try parsed(translated)
      try command.run()
    } catch {
      exit(withError: error)
    }
  }

  private static func parsed(_ arguments: [String]) throws -> any ParsableCommand {
    do { return try parseAsRoot(arguments) } catch {
      guard exitCode(for: error) == .validationFailure,
        let refusal = OptionNames.refusal(of: arguments, program: Parla.self)
      else { throw error }
      Terminal.note(refusal)
      throw ExitCode.validationFailure
    }
  }
}
