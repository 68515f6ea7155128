import Foundation
import ParlaFiles

/// Runs this program as a process of its own, and again after a crash: `parla kur --monitor`.
enum CrashWatch {
  /// Signals by which the system ends a program that went wrong.
  static let crashes: Set<Int32> = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT]

  /// When it is run again.
  struct Rule {
    private var shortRuns = 0

    /// This many crashes in a row, within a minute each, are not accidental.
    static let mostShortRuns = 3

    /// Whether a process that ended with `status`, as from `waitpid`, after `seconds` is to be run again.
    mutating func restarts(_ status: Int32, after seconds: Double) -> Bool {
      guard crashes.contains(status & 0x7F) else { return false }
      shortRuns = seconds < 60 ? shortRuns + 1 : 0
      return shortRuns < Self.mostShortRuns
    }
  }

  /// Runs the program with `arguments` until it ends by itself; the exit status is its own.
  ///
  /// What asks this process to end is passed on.
  static func run(_ arguments: [String], note: (String) -> Void) -> Int32 {
    var rule = Rule()
    while true {
      let start = DispatchTime.now().uptimeNanoseconds
      guard let process = spawn(arguments) else {
        note(
          "[ERROR] --monitor: the program cannot be started again: \(systemReason(errno))."
        )
        return 1
      }
      for number in [SIGINT, SIGTERM, SIGHUP] {
        Interrupts.answer(number) { kill(process, number) }
      }
      let status = wait(process)
      let seconds = Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9
      let number = status & 0x7F
      guard number != 0 else { return status >> 8 & 0xFF }
      let hasCrashed = crashes.contains(number)
      let isRepeated = rule.restarts(status, after: seconds)
      note(
        "[ERROR] The program was ended by signal \(number)"
          + (isRepeated
            ? "; it is started again."
            : hasCrashed ? " once more within a minute; it is not started again." : "."))
      guard isRepeated else { return 128 + number }
    }
  }

  /// Starts the program; the signals that end it do so, though this process answers them.
  private static func spawn(_ arguments: [String]) -> pid_t? {
    guard let program = Bundle.main.executablePath else { return nil }
    var attributes = posix_spawnattr_t()
    var signals = sigset_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    unsafe sigemptyset(&signals)
    for number in [SIGINT, SIGTERM, SIGHUP] { unsafe sigaddset(&signals, number) }
    unsafe posix_spawnattr_setsigdefault(&attributes, &signals)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
    var words = unsafe ([program] + arguments).map { unsafe strdup($0) }
    defer { for index in 0...arguments.count { unsafe free(words[index]) } }
    unsafe words.append(nil)
    var process = pid_t()
    let failure = unsafe posix_spawn(&process, program, nil, &attributes, words, environ)
    errno = failure
    return failure == 0 ? process : nil
  }

  private static func wait(_ process: pid_t) -> Int32 {
    var status: Int32 = 0
    while unsafe waitpid(process, &status, 0) < 0, errno == EINTR {}
    return status
  }
}
