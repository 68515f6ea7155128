import ArgumentParser
import ParlaKur
import Synchronization

/// `parla kur train`.
struct KurTrainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "Train the model of a Kurfile.",
    discussion: """
      EXAMPLES
        parla kur -v train speech.yml
        parla kur train --as-kur-did speech.yml

      Ctrl-C saves the last weights, if the Kurfile says so, and stops.
      """)

  @OptionGroup var common: KurRunOptions

  @Flag(
    help: """
      Reproduce what Kur does by mistake: a hidden step on the first two samples before training, and how loud \
      floating-point and 8-bit sound is.
      """)
  var asKurDid = false

  @ParentCommand var kur: KurCommand

  func run() throws {
    let (kurfile, services, console) = try common.prepared(kur, asKurDid: asKurDid)
    let plugins = try kur.plugins(services)
    let isTraining = Atomic<Bool>(false)
    let interrupt = InterruptFlag { !isTraining.load(ordering: .relaxed) }
    var running = services
    running.console.isInterrupted = { interrupt.isRaised }
    var training = try KurTraining(
      kurfile, common.conventions(kurfile), plugins: plugins, now: KurRunOptions.seconds, running)
    defer { console.end() }
    isTraining.store(true, ordering: .relaxed)
    guard try training.run() else { throw ExitCode(130) }
  }
}

/// `parla kur test`.
struct KurTestCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "test", abstract: "Compute the loss of a Kurfile's model on its test data.",
    discussion: """
      EXAMPLE
        parla kur -v test speech.yml
      """)

  @OptionGroup var common: KurRunOptions
  @ParentCommand var kur: KurCommand

  func run() throws {
    let (kurfile, services, console) = try common.prepared(kur)
    defer { console.end() }
    try KurTesting.test(
      kurfile, common.conventions(kurfile), plugins: kur.plugins(services), services)
  }
}

/// `parla kur evaluate`.
struct KurEvaluateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Write the output of a Kurfile's model for its evaluation data.",
    discussion: """
      EXAMPLE
        parla kur -v evaluate speech.yml

      `destination` in the Kurfile's section `evaluate` gives the file: a path, or a mapping with path and format \
      (pkl, csv, npz, json).
      """)

  @OptionGroup var common: KurRunOptions
  @ParentCommand var kur: KurCommand

  func run() throws {
    let (kurfile, services, console) = try common.prepared(kur)
    defer { console.end() }
    try KurTesting.evaluate(
      kurfile, common.conventions(kurfile), plugins: kur.plugins(services), services)
  }
}
