/* SPDX-License-Identifier: Apache-2.0 */

/* Runs one kernel: blocks in turn, the threads of a block as fibers that change only at barriers.
 * A thread that meets no barrier never leaves the stack of the one before it. */
#include "cuda-sim-internal.hh"
#include "cuda-sim-device.hh"

#include <cstdlib>
#include <memory>

#include <sys/mman.h>
#include <ucontext.h>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/common_interface_defs.h>
#define LEAVE_STACK(save, low, size) __sanitizer_start_switch_fiber (save, low, size)
#define ENTER_STACK(save, low, size) __sanitizer_finish_switch_fiber (save, low, size)
#else
#define LEAVE_STACK(save, low, size) ((void) 0)
#define ENTER_STACK(save, low, size) ((void) 0)
#endif

thread_local sim_block *sim_the_block;

enum
{
  NEW,
  READY,
  AT_BLOCK_BARRIER,
  AT_WARP_BARRIER,
  DONE
};

static const size_t STACK_BYTES = 256 * 1024;

struct fiber
{
  ucontext_t context;
  void *resumed_at[5];
  bool started;
  unsigned char *stack;
  void *fake;
};

struct executor
{
  sim_block block{};
  std::vector<sim_thread> threads;
  std::vector<int> order;
  std::vector<uint64_t> slots;
  std::vector<fiber *> idle;
  std::vector<std::unique_ptr<fiber> > all;
  size_t next = 0;
  const std::function<void ()> *work = nullptr;
  const char *name = "";
  bool broken = false;
  fiber *running = nullptr;
  ucontext_t main;
  void *main_resumed_at[5];
  void *main_fake = nullptr;
  const void *main_low = nullptr;
  size_t main_bytes = 0;

  ~executor ()
  {
    for (auto &f : all)
      munmap (f->stack, STACK_BYTES);
  }
};

static thread_local std::unique_ptr<executor> X;

/* Between the stack of the launch and that of a fiber. A context saves the signal mask with two calls of the system,
 * which is most of the time of a kernel with barriers; only the sanitizer needs it so. */
[[gnu::noinline]] static void
switch_to_main (fiber *f)
{
#if defined(__SANITIZE_ADDRESS__)
  swapcontext (&f->context, &X->main);
#else
  if (!__builtin_setjmp (f->resumed_at))
    __builtin_longjmp (X->main_resumed_at, 1);
#endif
}

[[gnu::noinline]] static void
switch_to_fiber (fiber *f)
{
#if defined(__SANITIZE_ADDRESS__)
  swapcontext (&X->main, &f->context);
#else
  if (__builtin_setjmp (X->main_resumed_at))
    return;
  if (f->started)
    __builtin_longjmp (f->resumed_at, 1);
  f->started = true;
  setcontext (&f->context);
#endif
}

static void
leave_fiber ()
{
  fiber *f = X->running;

  LEAVE_STACK (&f->fake, X->main_low, X->main_bytes);
  switch_to_main (f);
  ENTER_STACK (f->fake, nullptr, nullptr);
}

static void
fiber_main ()
{
  ENTER_STACK (nullptr, &X->main_low, &X->main_bytes);
  for (;;)
    {
      (*X->work) ();
      X->block.current->state = DONE;
      if (X->next < X->threads.size ())
        {
          X->block.current = &X->threads[X->order[X->next++]];
          X->block.current->fiber = X->running;
          continue;
        }
      X->idle.push_back (X->running);
      leave_fiber ();
    }
}

static fiber *
take_fiber ()
{
  if (X->idle.empty ())
    {
      auto f = std::make_unique<fiber> ();
      f->stack = (unsigned char *) mmap (nullptr, STACK_BYTES, PROT_READ | PROT_WRITE,
                                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
      mprotect (f->stack, 4096, PROT_NONE);
      getcontext (&f->context);
      f->context.uc_stack.ss_sp = f->stack;
      f->context.uc_stack.ss_size = STACK_BYTES;
      f->context.uc_link = nullptr;
      makecontext (&f->context, fiber_main, 0);
      X->idle.push_back (f.get ());
      X->all.push_back (std::move (f));
    }
  fiber *f = X->idle.back ();
  X->idle.pop_back ();
  return f;
}

static void
resume (sim_thread *thread)
{
  X->block.current = thread;
  X->running = (fiber *) thread->fiber;
  LEAVE_STACK (&X->main_fake, X->running->stack, STACK_BYTES);
  switch_to_fiber (X->running);
  ENTER_STACK (X->main_fake, nullptr, nullptr);
}

static void
wait_at (int state, unsigned mask, const void *site)
{
  sim_thread *thread = sim_the_block->current;

  thread->state = state;
  thread->mask = mask;
  thread->site = site;
  leave_fiber ();
}

void
sim_block_barrier (const void *site)
{
  wait_at (AT_BLOCK_BARRIER, 0, site);
}

void
sim_warp_barrier (unsigned mask, const void *site)
{
  wait_at (AT_WARP_BARRIER, mask, site);
}

uint64_t
sim_warp_exchange (unsigned mask, uint64_t value, int lane, const void *site)
{
  sim_thread *thread = sim_the_block->current;
  size_t warp = thread->linear & ~31;

  if (!(mask >> (thread->linear & 31) & 1))
    sim_fault (cudaErrorLaunchFailure,
               "kernel %s: lane %d is not in the mask %08x of its own shuffle", X->name,
               thread->linear & 31, mask);
  sim_the_block->slots[thread->linear] = value;
  sim_warp_barrier (mask, site);
  /* A lane that takes no part gives an undefined value: not a number. */
  bool there = (mask >> lane & 1) && warp + lane < X->threads.size ();
  uint64_t result = there ? sim_the_block->slots[warp + lane] : 0x7ff8dead7ff8deadull;
  sim_warp_barrier (mask, (const char *) site + 1);
  return result;
}

/* Frees the warps whose lanes are all there; false after a fault. */
static bool
release_warps (bool others_wait, bool *progress)
{
  size_t n = X->threads.size ();

  for (size_t warp = 0; warp < n; warp += 32)
    {
      unsigned here = 0, wanted = 0, exist = 0;
      const void *site = nullptr;
      bool mixed = false;

      for (size_t lane = 0; lane < 32 && warp + lane < n; lane++)
        {
          sim_thread &thread = X->threads[warp + lane];
          exist |= 1u << lane;
          if (thread.state != AT_WARP_BARRIER)
            continue;
          here |= 1u << lane;
          wanted |= thread.mask;
          mixed = mixed || (site && thread.site != site);
          site = thread.site;
        }
      if (here && (wanted & exist) == here && !mixed)
        {
          for (size_t lane = 0; lane < 32 && warp + lane < n; lane++)
            if (here >> lane & 1)
              X->threads[warp + lane].state = READY;
          *progress = true;
        }
      else if (here && !others_wait)
        {
          sim_fault (cudaErrorLaunchFailure,
                     "kernel %s: divergent warp operation: mask %08x, lanes there %08x%s", X->name,
                     wanted, here, mixed ? ", at different calls" : "");
          return false;
        }
    }
  return true;
}

static bool
release_block (size_t n_waiting, size_t n_done)
{
  const void *site = nullptr;
  bool mixed = false;

  for (auto &thread : X->threads)
    if (thread.state == AT_BLOCK_BARRIER)
      {
        mixed = mixed || (site && thread.site != site);
        site = thread.site;
      }
  if (n_waiting != X->threads.size () || mixed)
    {
      sim_fault (
          cudaErrorLaunchFailure,
          "kernel %s: divergent __syncthreads in block (%u,%u,%u): %zu of %zu threads there, "
          "%zu finished%s",
          X->name, X->block.index.x, X->block.index.y, X->block.index.z, n_waiting,
          X->threads.size (), n_done, mixed ? ", at different calls" : "");
      return false;
    }
  for (auto &thread : X->threads)
    thread.state = READY;
  return true;
}

static bool
run_block ()
{
  size_t n = X->threads.size ();

  X->next = 0;
  for (auto &thread : X->threads)
    thread.state = NEW;
  for (;;)
    {
      while (X->next < n)
        {
          sim_thread *thread = &X->threads[X->order[X->next++]];
          thread->fiber = take_fiber ();
          resume (thread);
        }
      for (int i : X->order)
        if (X->threads[i].state == READY)
          resume (&X->threads[i]);
      size_t n_done = 0, n_waiting = 0, n_ready = 0;
      for (auto &thread : X->threads)
        {
          n_done += thread.state == DONE;
          n_waiting += thread.state == AT_BLOCK_BARRIER;
          n_ready += thread.state == READY;
        }
      if (n_done == n)
        return true;
      if (n_ready)
        continue;
      bool progress = false;
      if (!release_warps (n_waiting > 0, &progress))
        return false;
      if (!progress && !release_block (n_waiting, n_done))
        return false;
    }
}

void
sim_run_grid (const char *name,
              dim3 grid,
              dim3 block,
              size_t shared_bytes,
              int device,
              const std::function<void ()> &work)
{
  size_t n = (size_t) block.x * block.y * block.z;
  const char *order = getenv ("CUDA_SIM_ORDER");
  bool reverse = order && !strcmp (order, "reverse");
  /* Exactly that many bytes, so that the sanitizer guards both ends. */
  auto shared = std::unique_ptr<unsigned char, void (*) (void *)> (
      shared_bytes ? (unsigned char *) malloc (shared_bytes) : nullptr, free);

  /* Threads that a fault stopped keep their fibers: a new executor then. */
  if (!X || X->broken)
    X.reset (new executor ());
  X->name = name;
  X->work = &work;
  X->slots.assign (n + 32, 0);
  X->threads.clear ();
  X->order.clear ();
  for (size_t i = 0; i < n; i++)
    {
      uint3 index = { (unsigned) (i % block.x), (unsigned) (i / block.x % block.y),
                      (unsigned) (i / block.x / block.y) };
      X->threads.push_back ({ index, (int) i, NEW, nullptr, nullptr, 0 });
      X->order.push_back (reverse ? (int) (n - 1 - i) : (int) i);
    }
  X->block.grid = grid;
  X->block.size = block;
  X->block.shared = shared.get ();
  X->block.device = device;
  X->block.slots = X->slots.data ();
  sim_the_block = &X->block;
  for (size_t i = 0; i < (size_t) grid.x * grid.y * grid.z; i++)
    {
      X->block.index = { (unsigned) (i % grid.x), (unsigned) (i / grid.x % grid.y),
                         (unsigned) (i / grid.x / grid.y) };
      if (shared_bytes)
        memset (shared.get (), 0xff, shared_bytes);
      X->broken = !run_block ();
      if (X->broken)
        break;
    }
  sim_the_block = nullptr;
  sim_check_guards (device, name);
}
