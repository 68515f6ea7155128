// Transcribes recordings from Go, and prints each word with its time.
//
//	scripts/build-c-library
//	cd Examples/go
//	go build
//	LD_LIBRARY_PATH=../../build/libparla/lib ./transcribe MODEL RECORDING…
package main

// #cgo CFLAGS: -I${SRCDIR}/../../build/libparla/include
// #cgo LDFLAGS: -L${SRCDIR}/../../build/libparla/lib -lparla
// #include <parla.h>
// #include <stdlib.h>
import "C"

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"unsafe"
)

// Word is a word of a transcript; Start and End are in seconds.
type Word struct {
	Text       string
	Start, End float64
}

// Model is an acoustic model; goroutines may share it.
type Model struct{ handle *C.parla_model }

// OpenModel reads a model of any format.
func OpenModel(path string) (*Model, error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	model := &Model{}
	err := check(func() C.parla_status { return C.parla_model_open(name, C.PARLA_WEIGHTS_INT8, &model.handle) })
	return model, err
}

// Close frees the model.
func (model *Model) Close() { C.parla_model_free(model.handle) }

// Transcribe reads a sound file of any usual format, rate and length.
func (model *Model) Transcribe(path string) (text string, words []Word, err error) {
	name := C.CString(path)
	defer C.free(unsafe.Pointer(name))
	var result *C.parla_result
	err = check(func() C.parla_status { return C.parla_model_transcribe_file(model.handle, name, 1, &result) })
	if err != nil {
		return "", nil, err
	}
	defer C.parla_result_free(result)
	best := result.transcripts
	for _, word := range unsafe.Slice(best.words, int(best.word_count)) {
		words = append(words, Word{C.GoString(word.text), float64(word.start), float64(word.end)})
	}
	return C.GoString(best.text), words, nil
}

// check runs a call. The library keeps the reason of a failure for each thread, so both stay on one.
func check(call func() C.parla_status) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if call() != C.PARLA_OK {
		return errors.New(C.GoString(C.parla_error_message()))
	}
	return nil
}

func run(arguments []string) error {
	if len(arguments) < 2 {
		return errors.New("usage: transcribe MODEL RECORDING…")
	}
	model, err := OpenModel(arguments[0])
	if err != nil {
		return err
	}
	defer model.Close()
	for _, path := range arguments[1:] {
		text, words, err := model.Transcribe(path)
		if err != nil {
			return err
		}
		fmt.Println(text)
		for _, word := range words {
			fmt.Printf("%7.2f to %7.2f s  %s\n", word.Start, word.End, word.Text)
		}
	}
	return nil
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
