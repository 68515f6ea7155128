import ArgumentParser
import Foundation
import ParlaFiles
import ParlaMPI
import ParlaNeuralNetwork

/// How many processes work together, and where.
struct ProcessOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Processes that share the work, by Open MPI; the result does not depend on their number.",
      valueName: "count"))
  var processes: Int?

  @Option(
    help: ArgumentHelp(
      "Hosts and processes per host (default 1); the program and the files must have the same paths there.",
      valueName: "host:count,…"))
  var hosts: String?

  func validate() throws {
    if let processes, !(1...4096).contains(processes) {
      throw ValidationError("--processes: found \(processes), expected 1 to 4096.")
    }
    guard let hosts else { return }
    let total = try hostList(hosts).reduce(0) { $0 + $1.count }
    if let processes, processes > total {
      throw ValidationError(
        "--hosts: found room for \(total), expected it for --processes \(processes); write HOST:COUNT."
      )
    }
  }

  private func hostList(_ text: String) throws -> [(name: String, count: Int)] {
    try text.split(separator: ",").map { entry in
      let words = entry.split(separator: ":")
      guard let name = words.first, words.count <= 2,
        let count = words.count == 2 ? Int(words[1]) : 1, (1...4096).contains(count)
      else {
        throw ValidationError("--hosts: found \(entry), expected HOST or HOST:COUNT.")
      }
      return (String(name), count)
    }
  }

  /// Whether there are to be several processes, or are already.
  var areSeveral: Bool { MPIEnvironment.count ?? processes ?? 1 > 1 || hosts != nil }

  /// The processes that `mpirun` started with this one, and whether they are asked to end.
  typealias Team = (peers: MPIPeers, interrupt: InterruptFlag)

  /// Calls `body` with the processes that `mpirun` started with this one, or with nil in one alone; an error in one ends all.
  ///
  /// `resumption` is what the same command does once a process is lost.
  ///
  /// - Throws: `MPIError`, and what `body` throws.
  func together(
    sendsBFloat16: Bool = false, resumption: String, _ body: (Team?) throws -> Void
  ) throws {
    guard let count = MPIEnvironment.count, count > 1 else { return try body(nil) }
    let interrupt = InterruptFlag()
    let peers = try MPIPeers(sendsBFloat16: sendsBFloat16, resumption: resumption) {
      interrupt.isRaised
    }
    do { try body((peers, interrupt)) } catch let code as ExitCode { throw code } catch {
      peers.abort("Error: \(error)", isOfHost: error is FileError, status: 1)
    }
  }

  /// Becomes `mpirun` with the same command in each of several processes, if several are requested; otherwise returns.
  ///
  /// - Throws: `MPIError`.
  func launch() throws {
    guard MPIEnvironment.count == nil, processes ?? 1 > 1 || hosts != nil else { return }
    let count = try processes ?? hosts.map { try hostList($0).reduce(0) { $0 + $1.count } } ?? 1
    var command = ["mpirun", "-q", "-n", "\(count)", "--bind-to", "none"]
    // The time for saving when the training is asked to end; processes that hang are then killed.
    command += ["--mca", "odls_base_sigkill_timeout", "5"]
    // mpirun itself notices a lost host after twenty seconds, not after minutes.
    for (name, value) in [("time", "5"), ("intvl", "5"), ("probes", "3")] {
      command += ["--mca", "oob_tcp_keepalive_\(name)", value]
    }
    if let hosts {
      command += ["--host", hosts] + sshOptions
    } else {
      command.append("--oversubscribe")
    }
    if geteuid() == 0 { command.append("--allow-run-as-root") }
    command.append(Bundle.main.executablePath ?? CommandLine.arguments[0])
    command += Self.withoutLaunch(
      OptionSpelling.normalized(Array(CommandLine.arguments.dropFirst())))
    try MPILauncher.become(command)
  }

  /// What keeps ssh from waiting for minutes, or for a password, where it is what `mpirun` uses.
  private var sshOptions: [String] {
    let environment = ProcessInfo.processInfo.environment
    let isChosen = ["agent", "args"].contains { environment["OMPI_MCA_plm_rsh_\($0)"] != nil }
    return isChosen ? [] : ["--mca", "plm_rsh_args", "-o BatchMode=yes -o ConnectTimeout=20"]
  }

  /// `arguments` without those that say how many processes there are to be.
  static func withoutLaunch(_ arguments: [String]) -> [String] {
    var result: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if argument == "--processes" || argument == "--hosts" {
        _ = rest.popFirst()
      } else if !argument.hasPrefix("--processes=") && !argument.hasPrefix("--hosts=") {
        result.append(argument)
      }
    }
    return result
  }
}
