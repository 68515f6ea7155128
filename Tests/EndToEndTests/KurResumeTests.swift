import Foundation
import ParlaTestSupport
import Testing

/// Trainings of Kurfiles that are interrupted in any way, and continued.
@Suite struct KurResumeTests {
  /// Numbers with a rule in them; `more` is added to the section `train`.
  private func write(_ folder: String, epochs: Int = 4, more: String = "") throws {
    var generator = SystemRandomNumberGenerator()
    let path = folder + "/data.jsonl"
    if !FileManager.default.fileExists(atPath: path) {
      let lines = (0..<24).map { _ -> String in
        let x = (0..<4).map { _ in Double.random(in: -1...1, using: &generator) }
        return "{\"x\": \(x), \"y\": [\(x[0] * x[1]), \(x[2] - x[3])]}"
      }
      try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: path))
    }
    try FileManager.default.createDirectory(
      atPath: folder + "/plugins", withIntermediateDirectories: true)
    try Data(
      """
      model:
        - input: x
        - dense: 6
        - activation: tanh
        - dropout: 0.1
        - dense: 2
        - output: y
      train:
        data: [{jsonl: \(path)}]
        provider: {batch_size: 4}
        weights: {initial: \(folder)/w, last: \(folder)/w}
        checkpoint: {path: \(folder)/w, batches: 1}
        log: \(folder)/log
        stop_when: {epochs: \(epochs)}
        optimizer: {name: adam, learning_rate: 0.01, decay: 0.01}
      \(more)
      validate:
        data: [{jsonl: \(path)}]
        provider: {batch_size: 8}
        weights: \(folder)/best
      loss: [{name: mean_squared_error, target: y}]

      """.utf8
    ).write(to: URL(fileURLWithPath: folder + "/k.yml"))
  }

  private func train(_ folder: String, _ options: String...) throws -> CommandResult {
    // What draws backtraces would let a program live on whose signal another one sent.
    try RunningCommand(
      ["kur", "-v"] + options + ["train", "--threads", "1", folder + "/k.yml"],
      environment: ["SWIFT_BACKTRACE": "enable=no"]
    ).finish()
  }

  /// A plugin of the training that runs `script` for each event, a line of `event`.
  private func addPlugin(_ folder: String, _ script: String) throws {
    let path = folder + "/plugins/watch"
    try Data("#!/bin/sh\nwhile read -r event; do\n\(script)\ndone\n".utf8).write(
      to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  }

  /// The files of a folder of weights or a log, without times.
  private func files(_ folder: String) throws -> [String: Data] {
    var found: [String: Data] = [:]
    for name in try FileManager.default.contentsOfDirectory(atPath: folder)
    where name.hasSuffix(".kur") || name.hasSuffix("_total") || name.hasSuffix("_batch") {
      found[name] = try Data(contentsOf: URL(fileURLWithPath: folder + "/" + name))
    }
    return found
  }

  @Test func whatIsKilledContinuesAsIfNothingHadBeen() throws {
    try withTemporaryFolder { whole in
      try withTemporaryFolder { killed in
        let seed = "settings: {seed: 3}"
        try write(whole, more: seed)
        try FileManager.default.copyItem(
          atPath: whole + "/data.jsonl", toPath: killed + "/data.jsonl")
        try write(killed, more: seed)
        #expect(try train(whole).status == 0)

        // Killed after the second epoch's checkpoint, before its validation is noted or soon after it.
        try addPlugin(killed, "case $event in *'\"epoch\": 2'*) kill -KILL $PPID;; esac")
        #expect(try train(killed, "--plugin", killed + "/plugins").status == 9)
        let rest = try train(killed)
        #expect(rest.status == 0, "\(rest.errors)")
        #expect(rest.output.hasSuffix("Completed 4 epochs.\n"), "\(rest.output)")
        for part in ["w", "best", "log"] {
          let (expected, found) = (try files(whole + "/" + part), try files(killed + "/" + part))
          #expect(!expected.isEmpty)
          #expect(found == expected, "\(part)")
        }
        // What has come to its end is continued by as many epochs again.
        let more = try train(killed)
        #expect(more.output.hasSuffix("Completed 8 epochs.\n"), "\(more.output)")
      }
    }
  }

  @Test func weightsThatWereChangedAreTakenAlone() throws {
    try withTemporaryFolder { folder in
      try write(folder, epochs: 1)
      #expect(try train(folder).status == 0)
      for name in try FileManager.default.contentsOfDirectory(atPath: folder + "/w")
      where name.hasSuffix("bias.kur") || name.hasSuffix("bias:0.kur") {
        let url = URL(fileURLWithPath: folder + "/w/" + name)
        var data = try Data(contentsOf: url)
        data[data.count - 1] ^= 1
        try data.write(to: url)
      }
      let second = try train(folder)
      #expect(second.status == 0)
      #expect(second.errors.contains("the weights are others than the training left"))
      #expect(second.errors.contains("[INFO] Restarting from epoch 2."))
    }
  }

  @Test func aCrashStartsTheTrainingAgain() throws {
    try withTemporaryFolder { folder in
      try write(folder)
      // The first end of an epoch kills the training as a fault of its own would.
      try addPlugin(
        folder,
        """
          case $event in *epoch_end*) if mkdir '\(folder)/once' 2>/dev/null; then kill -SEGV $PPID; exit; fi;; esac
        """)
      let result = try train(folder, "--monitor", "--plugin", folder + "/plugins")
      #expect(result.status == 0, "\(result.errors)")
      #expect(
        result.errors.contains("[ERROR] The program was ended by signal 11; it is started again."))
      #expect(result.output.hasSuffix("Completed 4 epochs.\n"))
    }
  }

  @Test func statusesPassThroughTheMonitor() throws {
    #expect(try runCommand("kur", "--monitor", "train", "/nowhere/k.yml").status == 1)
  }

  @Test func batchesWaitForTheReturnKey() throws {
    try withTemporaryFolder { folder in
      try write(folder, epochs: 1)
      let arguments = ["kur", "-vv", "train", "--step", folder + "/k.yml"]
      let whole = try RunningCommand(arguments, input: String(repeating: "\n", count: 6)).finish()
      #expect(whole.status == 0, "\(whole.errors)")
      #expect(whole.output.contains("Train, Epoch 1, Batch 6:\n"))
      #expect(whole.output.contains("\nx (4, 4): [["))
      #expect(whole.output.contains("Press ENTER to continue..."))
      let short = try RunningCommand(arguments, input: "\n").finish()
      #expect(short.status == 1)
      #expect(short.errors.contains("--step: standard input has ended"))
    }
  }
}
