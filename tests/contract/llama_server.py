"""Runs llama.cpp's own server on a model file until SIGTERM: `python llama_server.py MODEL [VERBOSITY]`. Prints its address."""

import os
import signal
import sys

import xllamacpp  # type: ignore[import-untyped]  # it has no types

signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # before the server's threads are there, which inherit it
parameters = xllamacpp.CommonParams()
parameters.model.path = sys.argv[1]
parameters.hostnames = ["127.0.0.1"]
parameters.port = 0  # a free one
parameters.n_ctx = 8192
parameters.n_parallel = 4
parameters.n_predict = 64  # where a request names no bound
parameters.cpuparams.n_threads = 1
parameters.use_jinja = True
parameters.embedding = True
parameters.pooling_type = xllamacpp.llama_pooling_type.LLAMA_POOLING_TYPE_MEAN
parameters.endpoint_metrics = True
parameters.fit_params = False
parameters.warmup = False
parameters.verbosity = int(next(iter(sys.argv[2:]), "0"))  # 0: nobody reads what it says
server = xllamacpp.Server(parameters)
print(server.listening_address, flush=True)
signal.sigwait({signal.SIGTERM})
os._exit(0)  # the server's threads know no other end
