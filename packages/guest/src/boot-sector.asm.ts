/** The guest's source, in NASM's syntax. */
export const BOOT_SECTOR_SOURCE = String.raw`
; A guest in one sector: a banner on the first serial port, what is typed is echoed, and it powers off when told to by a
; line "off" or by the ACPI power button. It sleeps (hlt) while nothing happens, so an idle guest costs no CPU time.

        org 0x7c00                      ; where the BIOS loads the sector

COM1    equ 0x3f8                       ; data; +1 interrupt enable, +2 FIFO, +3 line, +4 modem, +5 status
IRQ4    equ 0x30                        ; interrupt vector 0x0c, where COM1's interrupt arrives
PM      equ 0x600                       ; ACPI power management ports as SeaBIOS places them on i440fx and q35:
                                        ; +0 PM1 status, +2 PM1 enable, +4 PM1 control
POWERBTN equ 0x100                      ; of PM1 status and enable
SOFTOFF equ 0x2000                      ; of PM1 control: sleep enable, with sleep type 0, which is S5 on QEMU
PVPANIC equ 0x505
LINE    equ 0x7e00                      ; the line being typed, and its end
LINEEND equ 0x7e40

start:  cli
        xor ax, ax
        mov ds, ax
        mov es, ax
        mov ss, ax
        mov sp, 0x7c00
        cld

        mov [IRQ4+2], ax                ; a byte that arrives only has to end the sleep
        mov ax, wake
        mov [IRQ4], ax
        in al, 0x21
        and al, 0xef                    ; let IRQ 4 through
        out 0x21, al

        mov si, setup                   ; program the serial port
set:    lodsw
        mov dx, ax
        lodsb
        out dx, al
        cmp si, setup_end
        jnz set

        mov dx, PM+2                    ; without this QEMU does not tell of the power button
        mov ax, POWERBTN
        out dx, ax

        mov si, banner
        call print
prompt: mov si, ready
        call print
        mov di, LINE

next:   mov dx, PM                      ; the power button; all ones: no such ports here
        in ax, dx
        cmp ax, 0xffff
        jz serial
        test ax, POWERBTN
        jnz button
serial: mov dx, COM1+5
        cli
        in al, dx
        test al, 1                      ; data ready?
        jnz typed
        sti                             ; takes effect after hlt has begun: no wake-up is lost
        hlt                             ; until a byte arrives, or the timer ticks (18 times a second)
        jmp next

typed:  sti
        mov dx, COM1
        in al, dx
        cmp al, 13
        jz entered
        cmp al, 127
        jz erase
        cmp al, 8
        jz erase
        cmp di, LINEEND                 ; what does not fit is echoed all the same
        jz echo
        stosb
echo:   call putc
        jmp next

erase:  cmp di, LINE
        jz next
        dec di
        mov si, rubout
        call print
        jmp next

entered: xor al, al
        stosb
        mov si, newline
        call print
        mov si, off
        mov cx, 4
        call typed_is
        jz poweroff
        mov si, reboot
        mov cx, 7
        call typed_is
        jz restart
        mov si, panic
        mov cx, 6
        call typed_is
        jnz unknown
        mov dx, PVPANIC
        mov al, 1                       ; "the guest has panicked", where there is such a device
        out dx, al
unknown: jmp prompt

restart: mov al, 0xfe                    ; the keyboard controller's reset line
        out 0x64, al
        hlt

typed_is: mov di, LINE
        repe cmpsb
        ret

button: mov si, pressed
        call print
poweroff: mov si, goodbye
        call print
        mov dx, PM+4
        mov ax, SOFTOFF
        out dx, ax
stop:   cli                             ; no ACPI here: at least be quiet
        hlt
        jmp stop

print:  lodsb
        or al, al
        jz done
        call putc
        jmp print

putc:   push ax
        mov dx, COM1+5
full:   in al, dx
        test al, 0x20                   ; transmitter empty?
        jz full
        pop ax
        mov dx, COM1
        out dx, al
done:   ret

wake:   push ax
        mov al, 0x20
        out 0x20, al                    ; end of interrupt
        pop ax
        iret

setup:  dw COM1+1
        db 0                            ; no interrupts meanwhile
        dw COM1+3
        db 3                            ; 8 data bits, no parity, 1 stop bit
        dw COM1+2
        db 7                            ; FIFOs on and empty
        dw COM1+4
        db 0x0b                         ; ready, interrupts on
        dw COM1+1
        db 1                            ; interrupt when a byte arrives
setup_end:

banner: db 13, 10, "virtkit guest", 13, 10
        db "What you type is echoed. off: power off, reboot: start again, panic: crash.", 0
ready:  db 13, 10, "> ", 0
rubout: db 8, " ", 8, 0
newline: db 13, 10, 0
pressed: db 13, 10, "power button", 13, 10, 0
goodbye: db "bye", 13, 10, 0
off:    db "off", 0
reboot: db "reboot", 0
panic:  db "panic", 0

        pad 510
        dw 0xaa55                       ; the BIOS boots only what ends so
`;
