-- Source: PL/SQL Language Reference, "PL/SQL Error Handling"

declare
   e_own exception;
   e_number exception;
   pragma exception_init(e_number, -20005);
   procedure run(in_what in varchar2) is
      l number;
   begin
      case in_what
         when 'none' then select 1 into l from dual where 1 = 0;
         when 'many' then select level into l from dual connect by level <= 2;
         when 'zero' then l := 1 / 0;
         when 'value' then l := to_number('x');
         when 'own' then raise e_own;
         when 'number' then raise_application_error(-20005, 'with text');
         when 'other' then raise_application_error(-20006, 'other text');
      end case;
   exception
      when no_data_found then dbms_output.put_line('none ' || sqlcode);
      when too_many_rows then dbms_output.put_line('many ' || sqlcode);
      when zero_divide then dbms_output.put_line('zero ' || sqlcode);
      when value_error or invalid_number then dbms_output.put_line('value ' || sqlcode);
      when e_own then dbms_output.put_line('own ' || sqlcode || ' ' || sqlerrm);
      when e_number then dbms_output.put_line(sqlerrm);
      when case_not_found then dbms_output.put_line('case ' || sqlcode);
      when others then dbms_output.put_line('others ' || sqlerrm);
   end run;
begin
   run('none');
   run('many');
   run('zero');
   run('value');
   run('own');
   run('number');
   run('other');
   run('unknown');
   dbms_output.put_line(sqlcode || ' ' || sqlerrm);
end;
/
-- expect output: none 100
-- expect output: many -1422
-- expect output: zero -1476
-- expect output: value -6502
-- expect output: own 1 User-Defined Exception
-- expect output: ORA-20005: with text
-- expect output: others ORA-20006: other text
-- expect output: case -6592
-- expect output: 0 ORA-0000: normal, successful completion
