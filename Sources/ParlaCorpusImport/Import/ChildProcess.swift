import Foundation
import ParlaFiles

/// A program that runs in parallel to this one.
///
/// Foundation's `Process` is notified of a program's end through a socket on the loopback interface, and waits for ever if there
/// is none, as in a bare network namespace; this waits for the program itself.
struct ChildProcess {
  private let identifier: pid_t
  private let action: AbruptEndAction

  /// Starts the program at `executable` in `folder`, with empty input and with messages in English.
  init(
    _ executable: String, _ arguments: [String], folder: String, outputPath: String,
    errorPath: String
  ) throws {
    #if canImport(Darwin)
      var actions: posix_spawn_file_actions_t?
      var attributes: posix_spawnattr_t?
    #else
      var actions = unsafe posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
    #endif
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    let flags = O_WRONLY | O_CREAT | O_TRUNC
    unsafe posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, outputPath, flags, 0o600)
    unsafe posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errorPath, flags, 0o600)

    // Threads of Swift and Dispatch block signals, and this program may ignore them to answer in its own way; a program that
    // inherits that cannot be ended.
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var noSignals = sigset_t()
    unsafe sigemptyset(&noSignals)
    unsafe posix_spawnattr_setsigmask(&attributes, &noSignals)
    var endings = sigset_t()
    unsafe sigemptyset(&endings)
    for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&endings, number) }
    unsafe posix_spawnattr_setsigdefault(&attributes, &endings)
    unsafe posix_spawnattr_setflags(
      &attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    // The shell changes the folder: not all C libraries offer an action for it.
    let words = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", folder, executable] + arguments
    let environment = ProcessInfo.processInfo.environment.merging(["LC_ALL": "C"]) { $1 }
    var identifier: pid_t = 0
    let code = unsafe withCStrings(words) { words in
      unsafe withCStrings(environment.map { "\($0.key)=\($0.value)" }) { variables in
        unsafe posix_spawn(&identifier, "/bin/sh", &actions, &attributes, words, variables)
      }
    }
    guard code == 0 else {
      throw FileError.unreadable(path: executable, reason: systemReason(code))
    }
    self.identifier = identifier
    action = AbruptEndAction { [identifier] in kill(identifier, SIGTERM) }
  }

  /// Waits for the program's end; a program that a signal ended has 128 more than the signal, as in a shell.
  func exitStatus() throws -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(identifier, &status, 0) < 0 {
      guard errno == EINTR else { throw POSIXError(.init(rawValue: errno) ?? .ECHILD) }
    }
    // The macros WIFEXITED, WEXITSTATUS and WTERMSIG of <sys/wait.h>.
    let signal = status & 0x7f
    return signal == 0 ? (status >> 8) & 0xff : 128 + signal
  }
}

/// Gives `body` the `strings` as C has them: pointers to bytes that end in zero, and a nil after the last.
private func withCStrings<Result>(
  _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
) -> Result {
  let pointers = unsafe strings.map { unsafe strdup($0) }
  defer {
    for index in unsafe pointers.indices { unsafe free(pointers[index]) }
  }
  return unsafe body(pointers + [nil])
}
