// What GCC makes of a thread that ends in a function with a cleanup. The code that cleans up is in another
// section, and the table says so by @LPStart, as LLVM writes it for functions in several sections.
	.file	"pads-elsewhere.c"
	.text
	.p2align 4
	.type	leave, @function
leave:
.LFB3:
	.cfi_startproc
	subq	$8, %rsp
	.cfi_def_cfa_offset 16
	xorl	%edi, %edi
	call	pthread_exit@PLT
	.cfi_endproc
.LFE3:
	.size	leave, .-leave
	.section	.text.unlikely,"ax",@progbits
.LCOLDB0:
	.text
.LHOTB0:
	.p2align 4
	.type	start, @function
start:
.LFB4:
	.cfi_startproc
	.cfi_personality 0x9b,DW.ref.__gcc_personality_v0
	.cfi_lsda 0x1b,.LLSDA4
	pushq	%rbx
	.cfi_def_cfa_offset 16
	.cfi_offset 3, -16
	movq	%rdi, %rbx
.LEHB0:
	call	leave
.LEHE0:
	movl	$110, %eax
#APP
# 8 "pads-elsewhere.c" 1
	syscall
# 0 "" 2
#NO_APP
	movq	%rbx, %rax
	popq	%rbx
	.cfi_remember_state
	.cfi_def_cfa_offset 8
	ret
	.globl	__gcc_personality_v0
	.section	.gcc_except_table,"a",@progbits
.LLSDA4:
	.byte	0x1b
	.long	start.cold - .
	.byte	0xff
	.byte	0x1
	.uleb128 .LLSDACSE4-.LLSDACSB4
.LLSDACSB4:
	.uleb128 .LEHB0-.LFB4
	.uleb128 .LEHE0-.LEHB0
	.uleb128 .L5-start.cold
	.uleb128 0
.LLSDACSE4:
	.text
	.cfi_endproc
	.section	.text.unlikely
	.cfi_startproc
	.cfi_personality 0x9b,DW.ref.__gcc_personality_v0
	.cfi_lsda 0x1b,.LLSDAC4
	.type	start.cold, @function
start.cold:
.LFSB4:
	nop
.L5:
	movq	%rax, %rbx
	.cfi_def_cfa_offset 16
	.cfi_offset 3, -16
	movl	$110, %eax
#APP
# 8 "pads-elsewhere.c" 1
	syscall
# 0 "" 2
.LEHB1:
#NO_APP
	movq	%rbx, %rdi
	call	_Unwind_Resume@PLT
.LEHE1:
	.cfi_endproc
.LFE4:
	.section	.gcc_except_table
.LLSDAC4:
	.byte	0xff
	.byte	0xff
	.byte	0x1
	.uleb128 .LLSDACSEC4-.LLSDACSBC4
.LLSDACSBC4:
	.uleb128 .LEHB1-.LCOLDB0
	.uleb128 .LEHE1-.LEHB1
	.uleb128 0
	.uleb128 0
.LLSDACSEC4:
	.section	.text.unlikely
	.text
	.size	start, .-start
	.section	.text.unlikely
	.size	start.cold, .-start.cold
.LCOLDE0:
	.text
.LHOTE0:
	.section	.text.startup,"ax",@progbits
	.p2align 4
	.globl	main
	.type	main, @function
main:
.LFB5:
	.cfi_startproc
	subq	$24, %rsp
	.cfi_def_cfa_offset 32
	xorl	%ecx, %ecx
	leaq	start(%rip), %rdx
	xorl	%esi, %esi
	leaq	8(%rsp), %rdi
	call	pthread_create@PLT
	movq	8(%rsp), %rdi
	xorl	%esi, %esi
	call	pthread_join@PLT
	addq	$24, %rsp
	.cfi_def_cfa_offset 8
	ret
	.cfi_endproc
.LFE5:
	.size	main, .-main
	.hidden	DW.ref.__gcc_personality_v0
	.weak	DW.ref.__gcc_personality_v0
	.section	.data.rel.local.DW.ref.__gcc_personality_v0,"awG",@progbits,DW.ref.__gcc_personality_v0,comdat
	.align 8
	.type	DW.ref.__gcc_personality_v0, @object
	.size	DW.ref.__gcc_personality_v0, 8
DW.ref.__gcc_personality_v0:
	.quad	__gcc_personality_v0
	.section	.note.GNU-stack,"",@progbits
