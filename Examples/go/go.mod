module example.org/transcribe

go 1.19
